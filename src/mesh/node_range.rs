//! Node ranges as in Ansible's inventories: `edge[01:40]`, `rack[a:d]-n[1:8:2]`.

/// The maximum number of nodes of one entry.
pub(super) const MAX_EXPANSION: usize = 10_000;

/// Every name that `text` expands to, in order; the text itself if it has no range.
///
/// # Errors
/// What is wrong with a range, in words.
pub(super) fn expand(text: &str) -> Result<Vec<String>, String> {
    let mut names = vec![String::new()];
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        let Some((range, tail)) = after.split_once(']') else {
            return Err("its bracket is never closed".to_owned());
        };
        let items = items(range)?;
        if names.len().saturating_mul(items.len()) > MAX_EXPANSION {
            return Err(format!("it expands to more than {MAX_EXPANSION} nodes"));
        }
        names = names.iter().flat_map(|name| items.iter().map(move |item| format!("{name}{before}{item}"))).collect();
        rest = tail;
    }
    Ok(names.into_iter().map(|name| name + rest).collect())
}

/// The items of one range, without its brackets: `01:40`, `1:9:2` or `a:d`.
fn items(range: &str) -> Result<Vec<String>, String> {
    let parts: Vec<&str> = range.split(':').collect();
    let (first, last, step) = match parts.as_slice() {
        [first, last] => (*first, *last, 1),
        [first, last, step] => match step.parse::<usize>() {
            Ok(step) if step > 0 => (*first, *last, step),
            _ => return Err(format!("`{step}` is not a step")),
        },
        _ => return Err(format!("`[{range}]` is not a range such as `[01:40]` or `[a:d]`")),
    };
    if let (Ok(from), Ok(to)) = (number(first), number(last)) {
        // Ansible pads numbers to the length of the first one, and requires both ends to have that length.
        let width = if first.starts_with('0') && first.len() > 1 { first.len() } else { 0 };
        if width > 0 && last.len() != first.len() {
            return Err(format!("`[{range}]` has ends of different length"));
        }
        if from > to {
            return Err(format!("`[{range}]` runs backwards"));
        }
        if (to - from) / step >= MAX_EXPANSION {
            return Err(format!("it expands to more than {MAX_EXPANSION} nodes"));
        }
        return Ok((from..=to).step_by(step).map(|number| format!("{number:0width$}")).collect());
    }
    match (first.as_bytes(), last.as_bytes()) {
        ([from], [to]) if from.is_ascii_lowercase() && to.is_ascii_lowercase() => {
            if from > to {
                return Err(format!("`[{range}]` runs backwards"));
            }
            Ok((*from..=*to).step_by(step).map(|letter| char::from(letter).to_string()).collect())
        }
        _ => Err(format!("`[{range}]` is not a range such as `[01:40]` or `[a:d]`")),
    }
}

fn number(text: &str) -> Result<usize, ()> {
    if text.is_empty() || text.len() > 9 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(());
    }
    text.parse().map_err(|_| ())
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn ranges_expand_as_in_ansible() {
        assert_eq!(expand("edge[08:11]").expect("a range"), ["edge08", "edge09", "edge10", "edge11"]);
        assert_eq!(expand("r[a:b]n[1:5:2]").expect("two ranges").len(), 6);
        assert_eq!(expand("node1").expect("no range"), ["node1"]);
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in ["e[2:1]", "e[", "e[1]", "e[1:99999]", "e[01:100]", "e[a:5]", "e[1:2:0]", "e[1:100][1:101]", "e[:]"] {
            assert!(expand(bad).is_err(), "{bad}");
        }
    }
}
