# --- What compose reads in the project's folder.

# dotenv FILE: COMPOSE_FILE and COMPOSE_PATH_SEPARATOR of a `.env`, into $dot_file and $dot_separator, by the grammar of
# docker-compose 1 (dotenv/parser.py of python-dotenv). src/verify/dotenv.rs reads by the same rules.
dotenv() {
    dot_file='' dot_separator=''
    [ -f "$1" ] || return 0
    rest=$(cat "$1")
    rest=${rest#"$bom"}
    while :; do
        rest=${rest#"${rest%%[!$blank$nl$cr]*}"}
        [ -n "$rest" ] || break
        case $rest in export[$blank]*) rest=${rest#export} && trim_rest ;; esac
        value=''
        case $rest in
            \'*\'*)
                rest=${rest#\'}
                name=${rest%%\'*} rest=${rest#*\'}
                ;;
            \'*) name='' ;;
            *) name=${rest%%[=#$blank$nl$cr]*} rest=${rest#"${rest%%[=#$blank$nl$cr]*}"} ;;
        esac
        trim_rest
        case $rest in =*)
            rest=${rest#=}
            trim_rest
            case $rest in
                [\"\']*) dotenv_quoted || name='' ;;
                *)
                    value=${rest%%[$nl$cr]*}
                    rest=${rest#"$value"}
                    value=${value%%[$blank]#*}
                    value=${value%"${value##*[!$blank]}"}
                    ;;
            esac
            ;;
        esac
        trim_rest
        # A line with more on it is no assignment at all.
        case ${rest%%[$nl$cr]*} in '' | \#*) ;; *) name='' ;; esac
        rest=${rest#"${rest%%[$nl$cr]*}"}
        case $name in
            COMPOSE_FILE) dot_file=$value ;;
            COMPOSE_PATH_SEPARATOR) dot_separator=$value ;;
        esac
    done
}

trim_rest() { rest=${rest#"${rest%%[!$blank]*}"}; }

# The quoted value that $rest begins with, which may have several lines. A backslash keeps a quote from ending it, if another one does.
dotenv_quoted() {
    quote=${rest%"${rest#?}"} scan=${rest#?} ends=''
    while :; do
        case $scan in *"$quote"*) ;; *) break ;; esac
        part=${scan%%"$quote"*} scan=${scan#*"$quote"}
        ends=yes whole=$value$part rest=$scan
        case $part in
            *\\) value=$whole$quote ;;
            *) break ;;
        esac
    done
    [ -n "$ends" ] && value=$whole
}

# The files that `.env` names, a line each, into $named. What has a variable or a backslash in it each engine reads in its own way:
# that is $unclear.
named_files() {
    named='' unclear=''
    dotenv "$root/.env"
    [ -n "$dot_file" ] || return 0
    case $dot_file$dot_separator in *[\$\\"$nl$cr"]*)
        unclear="COMPOSE_FILE in \`$root/.env\` has a variable, a backslash or a new line in it"
        return
        ;;
    esac
    dot_separator=${dot_separator:-:}
    list=$dot_file$dot_separator
    while [ -n "$list" ]; do
        named=$named${named:+$nl}${list%%"$dot_separator"*}
        list=${list#*"$dot_separator"}
    done
}

# Every file of the user's that compose may read, into $composed; and $unclear, if there may be more.
find_composed() {
    composed='' bases='' overrides=''
    named_files
    for name in docker-compose.yml docker-compose.yaml compose.yml compose.yaml; do
        [ ! -f "$root/$name" ] || bases=$bases${bases:+$nl}$name
        name=${name%.*}.override.${name##*.}
        [ ! -e "$root/$name" ] && [ ! -L "$root/$name" ] || overrides=$overrides${overrides:+$nl}$name
    done
    for name in $bases $overrides $named; do
        case $name in
            /*) follow "$name" ;;
            *) follow "$root/$name" ;;
        esac
    done
}

# follow FILE: what is in it, and in the files that it extends and includes
follow() {
    [ -f "$1" ] && [ "${1##*/}" != docker-compose.clustermesh.yaml ] && ! has "$composed" "$1" || return 0
    [ "$(readlink "$1" || :)" != docker-compose.clustermesh.yaml ] || return 0
    composed=$composed${composed:+$nl}$1
    for path in $(references "$1"); do
        case $path in
            *[!A-Za-z0-9._/@+\ -]*) ;;
            /*) [ ! -f "$path" ] || { follow "$path" && continue; } ;;
            *) [ ! -f "${1%/*}/$path" ] || { follow "${1%/*}/$path" && continue; } ;;
        esac
        unclear="\`$1\` takes something in that cannot be followed from here: \`$path\`"
    done
}

# The paths that `extends` and `include` have in FILE, a line each; what has another form, as it is.
references() {
    case $(cat "$1") in '{'*extends* | '{'*include*) printf '{\n' ;; esac
    before=''
    for token in $(values "$1" extends); do
        [ "$before" != file: ] || printf '%s\n' "$token"
        before=$token
    done
    for token in $(values "$1" include); do
        case $token in - | path:) ;; *) printf '%s\n' "$token" ;; esac
    done
}

# values FILE KEY: what a key has, wherever it is, a word a line. `include` is one only where nothing is before it.
values() {
    at=''
    while IFS= read -r line || [ -n "$line" ]; do
        yaml_line || continue
        [ -n "$at" ] && { [ "$indent" -gt "$at" ] || [ "$indent${text%"${text#-}"}" = "$at-" ]; } || at=''
        if [ -z "$at" ]; then
            [ "$2" != include ] || [ "$indent" = 0 ] || continue
            case ${text#- } in
                "$2"[:\ ]* | [\"\']"$2"[\"\']*) at=$indent ;;
                *[\ \{,\"\']"$2":* | *[\ \{,][\"\']"$2"[\"\']:*) [ "$2" != include ] || continue ;;
                *) continue ;;
            esac
            text=${text#*"$2"}
            text=${text#*:}
        fi
        tokens "$text"
    done <"$1"
}

# Of $line: $text, without a comment, and its $indent. Fails where there is nothing.
yaml_line() {
    line=${line%"$cr"}
    text=${line#"${line%%[!$blank]*}"}
    indent=$((${#line} - ${#text}))
    case $text in '' | '#'*) return 1 ;; esac
    text=${text%%[$blank]#*}
}

# The words of a line of YAML, a line each; a key keeps its colon.
tokens() {
    held=''
    for token in $(IFS="$blank,[]{}\"'" && printf '%s\n' $1); do
        case $token in
            '') ;;
            :) held=$held: ;;
            *)
                [ -z "$held" ] || printf '%s\n' "$held"
                held=$token
                ;;
        esac
    done
    [ -z "$held" ] || printf '%s\n' "$held"
}
