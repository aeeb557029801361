# --- systemd units: the file and the drop-ins of a unit, as systemd finds and reads them (systemd.unit(5)).

# list_unit_files UNIT: prints the unit's file, then its drop-ins ordered by name. Of drop-ins with the same name, the one that is
# linked last here wins. An instance of a template also gets the template's drop-ins.
list_unit_files() {
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

# list_unit_settings UNIT: prints its settings, one per line
list_unit_settings() {
    for file in $(list_unit_files "$1"); do
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

# expand_specifiers PATTERN UNIT: replaces %i, %n and the like. A specifier that is not known becomes `*`.
expand_specifiers() {
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

# split_words TEXT: splits like systemd and shells, one word per line, without quotes
split_words() {
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

# list_assignments FILE: prints the variables of an environment file, one per line
list_assignments() {
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
