# --- How systemd starts a unit: its file and its drop-ins, as systemd finds and reads them (systemd.unit(5)).

# unit_files UNIT: the unit's file, then its drop-ins in the order of their names, wherever they are. What is called alike is hidden
# by what comes later here. An instance of a template has the template's, too.
unit_files() {
    template=''
    case $1 in *@*) template=${1%%@*}@.service ;; esac
    for name in $1 $template; do
        for folder in etc run usr/local/lib usr/lib lib; do
            file=$root/$folder/systemd/system/$name
            [ -e "$file" ] || continue
            [ ! -f "$file" ] || printf '%s\n' "$file"
            break 2
        done
    done
    rm -rf "$scratch/drop-ins"
    mkdir "$scratch/drop-ins"
    set +f
    for name in service $template $1; do
        for folder in lib usr/lib usr/local/lib run etc; do
            for file in "$root/$folder/systemd/system/$name.d"/*.conf; do
                [ ! -e "$file" ] || ln -sf "$file" "$scratch/drop-ins/"
            done
        done
    done
    for file in "$scratch/drop-ins"/*; do
        [ ! -f "$file" ] || readlink "$file"
    done
    set -f
}

# unit_lines UNIT: its settings, one a line
unit_lines() {
    for file in $(unit_files "$1"); do
        joined=''
        while IFS= read -r line || [ -n "$line" ]; do
            line=${line#"${line%%[!$blank]*}"}
            case $line in
                '#'* | ';'*) ;;
                *\\) joined="$joined${line%\\} " ;;
                *)
                    printf '%s\n' "$joined$line"
                    joined=''
                    ;;
            esac
        done <"$file"
    done
}

# specified PATTERN UNIT: with what stands for the unit's name
specified() {
    out='' in=$1
    while :; do
        case $in in
            *%*) ;;
            *) break ;;
        esac
        out=$out${in%%%*} in=${in#*%}
        name=${2%.service}
        case $in in
            p*) out=$out${name%%@*} ;;
            i* | I*) case $name in *@*) out=$out${name#*@} ;; esac ;;
            n*) out=$out$2 ;;
            N*) out=$out$name ;;
            %*) out=$out% ;;
            *) out=$out'*' ;;
        esac
        in=${in#?}
    done
    printf '%s\n' "$out$in"
}

# words TEXT: as systemd and shells split it, a line each, without their quotes
words() {
    text=$1
    while :; do
        text=${text#"${text%%[!$blank]*}"}
        [ -n "$text" ] || break
        word=''
        while :; do
            case $text in
                '' | [$blank]*) break ;;
                [\"\']*)
                    quote=${text%"${text#?}"} text=${text#?}
                    word=$word${text%%"$quote"*}
                    case $text in
                        *"$quote"*) text=${text#*"$quote"} ;;
                        *) text='' ;;
                    esac
                    ;;
                *)
                    word=$word${text%%[$blank\"\']*}
                    text=${text#"${text%%[$blank\"\']*}"}
                    ;;
            esac
        done
        printf '%s\n' "$word"
    done
}

# assignments FILE: the variables of an environment file, a line each
assignments() {
    while IFS= read -r line || [ -n "$line" ]; do
        line=${line%"$cr"}
        line=${line#"${line%%[!$blank]*}"}
        case $line in
            '#'* | ';'* | =* | [0-9]*) continue ;;
            *=*) ;;
            *) continue ;;
        esac
        name=${line%%=*} value=${line#*=}
        value=${value#"${value%%[!$blank]*}"} value=${value%"${value##*[!$blank]}"}
        case $value in
            \"*\") value=${value#\"} value=${value%\"} ;;
            \'*\') value=${value#\'} value=${value%\'} ;;
        esac
        case $name in *[!A-Za-z0-9_]*) ;; *) printf '%s\n' "$name=$value" ;; esac
    done <"$1"
}
