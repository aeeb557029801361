//! Every small change of a mesh: at each place something removed, renamed, doubled, or put in another's stead.

use serde_yaml::{Mapping, Value};

/// What is put in the place of every value.
fn strangers() -> Vec<Value> {
    let texts = ["", "a", "1y", "true", "7", "full", "none", "compose", "1.18", "[a, b]", "a:b", "etcd:etcd"];
    let mapping = |key: &str| Value::Mapping(Mapping::from_iter([(Value::from(key), Value::from("a"))]));
    let mut strangers: Vec<Value> = texts.into_iter().map(Value::from).collect();
    strangers.extend([Value::Null, Value::from(true), Value::from(0), Value::from(1), Value::from(-7), Value::from(7.5)]);
    strangers.extend([Value::Sequence(Vec::new()), Value::Sequence(vec![Value::from("a")])]);
    strangers.push(Value::Sequence(vec![Value::from("a"), Value::from("b")]));
    strangers.push(Value::Sequence(vec![Value::Null]));
    strangers.extend([Value::Mapping(Mapping::new()), mapping("a"), mapping("name"), mapping("hub"), mapping("kind")]);
    strangers
}

/// Where a value stands: keys and positions from the top.
type Path = Vec<Value>;

fn paths(value: &Value, path: &Path, all: &mut Vec<Path>) {
    all.push(path.clone());
    let mut below = |step: Value, value: &Value| paths(value, &[path.clone(), vec![step]].concat(), all);
    match value {
        Value::Mapping(fields) => fields.iter().for_each(|(key, value)| below(key.clone(), value)),
        Value::Sequence(items) => items.iter().enumerate().for_each(|(at, value)| below(Value::from(at), value)),
        _ => {}
    }
}

fn at<'a>(mesh: &'a mut Value, path: &[Value]) -> &'a mut Value {
    path.iter().fold(mesh, |value, step| match value {
        Value::Sequence(items) => &mut items[position(step)],
        other => other.get_mut(step).expect("a field"),
    })
}

fn position(step: &Value) -> usize {
    usize::try_from(step.as_u64().expect("a position")).expect("small")
}

/// The changes of what holds the value at `path`: it removed, its key renamed, it doubled.
fn of_holder(mesh: &Value, path: &Path) -> Vec<Value> {
    let Some((step, holder)) = path.split_last() else { return Vec::new() };
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut mesh = mesh.clone();
        change(at(&mut mesh, holder));
        mesh
    };
    let mut all = vec![changed(&|holder| match holder {
        Value::Sequence(items) => drop(items.remove(position(step))),
        other => drop(other.as_mapping_mut().expect("a mapping").remove(step)),
    })];
    match step.as_str() {
        None => all.push(changed(&|holder| {
            let items = holder.as_sequence_mut().expect("a list");
            items.push(items[position(step)].clone());
        })),
        Some(key) => {
            for name in [format!("{key}s"), key.to_uppercase(), format!(" {key}"), String::new()] {
                all.push(changed(&|holder| {
                    let fields = holder.as_mapping_mut().expect("a mapping");
                    let value = fields.remove(step).expect("a field");
                    fields.insert(Value::from(name.as_str()), value);
                }));
            }
        }
    }
    all
}

/// Every mutation of the mesh, as text.
pub(crate) fn of(text: &str) -> Vec<String> {
    let mesh: Value = serde_yaml::from_str(text).expect("YAML");
    let mut places = Vec::new();
    paths(&mesh, &Vec::new(), &mut places);
    let mut all = Vec::new();
    for path in &places {
        all.extend(of_holder(&mesh, path));
        for stranger in strangers() {
            let mut changed = mesh.clone();
            *at(&mut changed, path) = stranger;
            all.push(changed);
        }
        let mut more = mesh.clone();
        if let Value::Mapping(fields) = at(&mut more, path) {
            fields.insert(Value::from("unheardOf"), Value::from("a"));
            all.push(more);
        }
    }
    all.iter().map(|mesh| serde_yaml::to_string(mesh).expect("written")).collect()
}
