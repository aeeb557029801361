# --- The files that compose reads in the project's folder.

# read_dotenv FILE: reads COMPOSE_FILE and COMPOSE_PATH_SEPARATOR of a `.env` into $dot_file and $dot_separator, by the grammar of
# docker-compose 1 (dotenv/parser.py of python-dotenv). src/verify/dotenv.rs uses the same rules.
read_dotenv() {
    dot_file='' dot_separator=''
    [ -f "$1" ] || return 0
    rest=$(cat "$1")
    rest=${rest#"$bom"}
    while :; do
        rest=${rest#"${rest%%[!$blank$nl$cr]*}"}
        [ -n "$rest" ] || break
        case $rest in export[$blank]*) rest=${rest#export} && skip_blanks ;; esac
        value=''
        case $rest in
            \'*\'*)
                rest=${rest#\'}
                name=${rest%%\'*} rest=${rest#*\'}
                ;;
            \'*) name='' ;;
            *) name=${rest%%[=#$blank$nl$cr]*} rest=${rest#"${rest%%[=#$blank$nl$cr]*}"} ;;
        esac
        skip_blanks
        case $rest in =*)
            rest=${rest#=}
            skip_blanks
            case $rest in
                [\"\']*) read_quoted_value || name='' ;;
                *)
                    value=${rest%%[$nl$cr]*}
                    rest=${rest#"$value"}
                    value=${value%%[$blank]#*}
                    value=${value%"${value##*[!$blank]}"}
                    ;;
            esac
            ;;
        esac
        skip_blanks
        # With more text behind the value, the line is not an assignment.
        case ${rest%%[$nl$cr]*} in '' | \#*) ;; *) name='' ;; esac
        rest=${rest#"${rest%%[$nl$cr]*}"}
        case $name in
            COMPOSE_FILE) dot_file=$value ;;
            COMPOSE_PATH_SEPARATOR) dot_separator=$value ;;
        esac
    done
}

skip_blanks() { rest=${rest#"${rest%%[!$blank]*}"}; }

# Reads the quoted value at the start of $rest. It may have several lines. A backslash escapes a quote if another quote ends the value.
read_quoted_value() {
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

# Reads the files that `.env` names into $named, one per line. Engines disagree about variables and backslashes, so those set $unclear.
read_compose_file_variable() {
    named='' unclear=''
    read_dotenv "$root/.env"
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

# Finds every user file that compose may read, into $compose_files. Sets $unclear if there may be more.
find_compose_files() {
    compose_files='' bases='' overrides=''
    read_compose_file_variable
    for name in docker-compose.yml docker-compose.yaml compose.yml compose.yaml; do
        [ ! -f "$root/$name" ] || bases=$bases${bases:+$nl}$name
        name=${name%.*}.override.${name##*.}
        [ ! -e "$root/$name" ] && [ ! -L "$root/$name" ] || overrides=$overrides${overrides:+$nl}$name
    done
    for name in $bases $overrides $named; do
        case $name in
            /*) follow_file "$name" ;;
            *) follow_file "$root/$name" ;;
        esac
    done
}

# follow_file FILE: adds FILE and the files that it extends and includes to $compose_files
follow_file() {
    [ -f "$1" ] && [ "${1##*/}" != docker-compose.clustermesh.yaml ] && ! has "$compose_files" "$1" || return 0
    [ "$(readlink "$1" || :)" != docker-compose.clustermesh.yaml ] || return 0
    compose_files=$compose_files${compose_files:+$nl}$1
    for path in $(list_references "$1"); do
        case $path in
            *[!A-Za-z0-9._/@+\ -]*) ;;
            /*) [ ! -f "$path" ] || { follow_file "$path" && continue; } ;;
            *) [ ! -f "${1%/*}/$path" ] || { follow_file "${1%/*}/$path" && continue; } ;;
        esac
        unclear="\`$1\` includes or extends \`$path\`, which is not a file here"
    done
}

# Prints the paths below `extends` and `include` in FILE, one per line. Other forms are printed unchanged.
list_references() {
    case $(cat "$1") in '{'*extends* | '{'*include*) printf '{\n' ;; esac
    before=''
    for token in $(list_values "$1" extends); do
        [ "$before" != file: ] || printf '%s\n' "$token"
        before=$token
    done
    for token in $(list_values "$1" include); do
        case $token in - | path:) ;; *) printf '%s\n' "$token" ;; esac
    done
}

# list_values FILE KEY: prints the values of a key at any depth, one word per line. `include` counts only at the top level.
list_values() {
    at=''
    while IFS= read -r line || [ -n "$line" ]; do
        parse_yaml_line || continue
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
        list_tokens "$text"
    done <"$1"
}

# Splits $line into its $indent and its $text without a comment. Fails for an empty line.
parse_yaml_line() {
    line=${line%"$cr"}
    text=${line#"${line%%[!$blank]*}"}
    indent=$((${#line} - ${#text}))
    case $text in '' | '#'*) return 1 ;; esac
    text=${text%%[$blank]#*}
}

# Prints the words of a line of YAML, one per line. A key keeps its colon.
list_tokens() {
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
