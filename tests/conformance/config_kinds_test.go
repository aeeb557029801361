package conformance

import (
	"os"
	"path/filepath"
	"strings"
)

// more is the good config with lines behind it.
func more(lines string) string { return goodConfig + lines }

// swapped is the good config with one text in place of another.
func swapped(old, text string) string {
	if !strings.Contains(goodConfig, old) {
		panic("the good config has no " + old)
	}
	return strings.Replace(goodConfig, old, text, 1)
}

// remotesOnly is the good config without a credential.
const remotesOnly = "endpoints:\n- https://127.0.0.1:2379\n- https://etcd.example.net:2379\n"

// unlike are the kinds that `verify` reads otherwise, and why it may.
var unlike = map[string]string{
	"names bad\xffname":                           "verify shows bytes that are no UTF-8 as \\xff, so that two such names stay two",
	"fields of etcd's Config that cannot be read": nameless,
	"field of etcd's Config of the wrong type":    nameless,
	"field of etcd's Config, a function":          nameless,
	"field of etcd's Config, an interface":        nameless,
	"tagged text as number":                       "tags of YAML are not read: no config has any",
	"tagged number as text":                       "tags of YAML are not read: no config has any",
	"endpoints over lines, all at the left":       "YAML 1.2 wants what is in brackets indented, as most parsers do",
	"next line and separators":                    "line ends of YAML 1.1 that YAML 1.2 has dropped: no editor writes them",
	"good escapes":                                "`\\/` came with YAML 1.2: only JSON has it, which is no config to agents",
	"deep nesting":                                "no config is as deep, and a bound keeps hostile ones cheap",
}

const nameless = "Go's structure has fields without a name in YAML, which go by their name in Go: nobody writes those"

// tabledFolders are the kinds of config, and of file, that people have.
func tabledFolders() []folder {
	table := []folder{
		config("good", goodConfig),
		config("ca-file only", swapped("trusted-ca-file", "ca-file")),
		config("both CA files", more("ca-file: DIR/ca.crt\n")),
		config("no CA", swapped("trusted-ca-file: DIR/ca.crt\n", "")),
		config("no client", swapped("cert-file: DIR/client.crt\nkey-file: DIR/client.key\n", "")),
		config("certificate without key", swapped("key-file: DIR/client.key\n", "")),
		config("CA is missing", swapped("DIR/ca.crt", "DIR/gone.crt")),
		config("CA elsewhere is missing", swapped("DIR/ca.crt", "/gone/ca.crt")),
		config("CA is a key", swapped("DIR/ca.crt", "DIR/client.key")),
		config("CA is empty text", swapped("DIR/ca.crt", `""`)),
		config("key is a certificate", swapped("DIR/client.key", "DIR/ca.crt")),
		config("key of another certificate", swapped("DIR/client.crt", "DIR/ca.crt")),
		config("paths in quotes", swapped("DIR/ca.crt", `"DIR/ca.crt"`)),
		config("path with spaces around, in quotes", swapped("DIR/ca.crt", `" DIR/ca.crt "`)),
		config("path is a folder", swapped("DIR/ca.crt", "DIR")),
		config("duration in words", more("dial-timeout: 5s\n")),
		config("duration in quotes", more("dial-timeout: \"5000000000\"\n")),
		config("duration in nanoseconds", more("dial-timeout: 5000000000\n")),
		config("duration with exponent", more("dial-timeout: 5e9\n")),
		config("duration with underscores", more("dial-timeout: 5_000_000_000\n")),
		config("duration in octal", more("dial-timeout: 010\n")),
		config("duration in hexadecimal", more("dial-timeout: 0xff\n")),
		config("duration with a fraction", more("dial-timeout: 1.5\n")),
		config("duration as whole float", more("dial-timeout: 1.0\n")),
		config("duration in base 60", more("dial-timeout: 1:30\n")),
		config("duration that is a truth value", more("dial-timeout: on\n")),
		config("duration too large", more("dial-timeout: 99999999999999999999\n")),
		config("null duration", more("dial-timeout: null\n")),
		config("keepalive and backoff", more("dial-keep-alive-time: 1\nbackoff-wait-between: 1000\nbackoff-jitter-fraction: 0.1\n")),
		config("number with fraction where whole is wanted", more("max-unary-retries: 1.5\n")),
		config("negative number where none can be", more("max-unary-retries: -1\n")),
		config("number in quotes", more("max-unary-retries: \"3\"\n")),
		config("number not finite", more("backoff-jitter-fraction: .inf\n")),
		config("number not finite under an unknown key", more("other: .nan\n")),
		config("fraction in exponent form", more("backoff-jitter-fraction: 1e-1\n")),
		config("endpoints as a text", "endpoints: https://127.0.0.1:2379\n"),
		config("endpoints as a mapping", "endpoints:\n  one: https://127.0.0.1:2379\n"),
		config("endpoints empty", "endpoints: []\n"),
		config("endpoints null", "endpoints:\n"),
		config("endpoints with a null", "endpoints:\n- https://127.0.0.1:2379\n-\n"),
		config("endpoints with a number", "endpoints:\n- 2379\n"),
		config("endpoints with a truth value", "endpoints:\n- true\n"),
		config("endpoints with a time", "endpoints:\n- 2026-11-22\n"),
		config("endpoints with a mapping", "endpoints:\n- host: 127.0.0.1\n"),
		config("endpoints in one line", "endpoints: [https://127.0.0.1:2379, \"https://127.0.0.2:2379\"]\n"),
		config("endpoints over lines, closed at the left", "endpoints: [\n  https://127.0.0.1:2379,\n  https://127.0.0.2:2379,\n]\n"),
		config("endpoints over lines, all at the left", "endpoints: [\nhttps://127.0.0.1:2379\n]\n"),
		config("mapping over lines, closed at the left", "{\n  endpoints: [https://127.0.0.1:2379],\n}\n"),
		config("endpoint with spaces in quotes", "endpoints: [\" https://127.0.0.1:2379 \"]\n"),
		config("endpoint empty", "endpoints: [\"\"]\n"),
		config("endpoint twice", "endpoints: [https://127.0.0.1:2379, https://127.0.0.1:2379]\n"),
		config("endpoints indented", "endpoints:\n   - https://127.0.0.1:2379\n"),
		config("endpoints by block text", "endpoints:\n- >-\n  https://127.0.0.1:2379\n- |\n  https://127.0.0.2:2379\n"),
		config("quoted key", strings.Replace(goodConfig, "endpoints", `"endpoints"`, 1)),
		config("quoted key, with the word in a comment", "# endpoints:\n"+strings.Replace(goodConfig, "endpoints", `"endpoints"`, 1)),
		config("JSON", `{"endpoints": ["https://127.0.0.1:2379"]}`),
		config("JSON with the word in a text", `{"endpoints": ["https://127.0.0.1:2379"], "note": "endpoints: above"}`),
		config("flow mapping", "{endpoints: [https://127.0.0.1:2379], trusted-ca-file: DIR/ca.crt}"),
		config("space before the colon", strings.Replace(goodConfig, "endpoints:", "endpoints :", 1)),
		config("no space behind the colon", "endpoints:- https://127.0.0.1:2379\n"),
		config("tab as indent", "endpoints:\n\t- https://127.0.0.1:2379\n"),
		config("tab behind the dash", "endpoints:\n-\thttps://127.0.0.1:2379\n"),
		config("tab behind the colon", swapped("cert-file: ", "cert-file:\t")),
		config("tab before a comment", swapped("client.crt\n", "client.crt\t# ours\n")),
		config("tab on a line of its own", more("\t\n")),
		config("CRLF", strings.ReplaceAll(goodConfig, "\n", "\r\n")),
		config("CR alone", strings.ReplaceAll(goodConfig, "\n", "\r")),
		config("no newline at the end", strings.TrimSpace(goodConfig)),
		config("duplicate list", more("endpoints:\n- https://127.0.0.9:2379\n")),
		config("duplicate key with another capital", more("Endpoints:\n- https://127.0.0.9:2379\n")),
		config("duplicate path", more("cert-file: DIR/client.crt\n")),
		config("capital keys", strings.NewReplacer("trusted-ca-file", "Trusted-CA-File", "cert-file", "CERT-FILE").Replace(goodConfig)),
		config("Kelvin sign in a key", more("\u212aey-file: DIR/gone\n")),
		config("unknown key", more("comment: ours\n")),
		config("unknown key with anything", more("comment: {a: [1, {b: ~}]}\n")),
		config("underscores in a key", swapped("cert-file", "cert_file")),
		config("key that is a number", more("1: one\n")),
		config("key that is a truth value", more("yes: one\n")),
		config("key that is null", more("~: one\n")),
		config("key that is a time", more("2026-11-22: one\n")),
		config("key that is a list", more("[a]: one\n")),
		config("key that is a mapping", more("{a: b}: one\n")),
		config("explicit key", more("? note\n: ours\n")),
		config("fields of etcd's Config that have no name of ours", more("TLS: {}\n")),
		config("fields of etcd's Config that cannot be read", more("tls: text\n")),
		config("field of etcd's Config of the wrong type", more("MaxCallSendMsgSize: text\n")),
		config("field of etcd's Config, a function", more("DialOptions: [1]\n")),
		config("field of etcd's Config, null", more("Logger: null\nContext: null\n")),
		config("field of etcd's Config, an interface", more("Context: {}\n")),
		config("token", more("token: abc\n")),
		config("config in a config", more("Config: {}\n")),
		config("user and password", more("username: remote\npassword: secret\n")),
		config("password that is a number", more("username: remote\npassword: 12345\n")),
		config("password that is a truth value", more("username: remote\npassword: yes\n")),
		config("user that is a list", more("username: [remote]\n")),
		config("null user", more("username: null\n")),
		config("user that is a time", more("username: 2026-11-22\n")),
		config("number where a path is wanted", swapped("DIR/client.crt", "12")),
		config("truth value where a path is wanted", swapped("DIR/client.crt", "yes")),
		config("list where a path is wanted", swapped("DIR/client.crt", "[DIR/client.crt]")),
		config("CA is an empty file", swapped("DIR/ca.crt", "/dev/null")),
		config("number of digits in groups where a path is wanted", swapped("DIR/client.crt", "1_000")),
		config("password in groups of digits", more("username: remote\npassword: 1_000\n")),
		config("password in octal", more("username: remote\npassword: 0o17\n")),
		config("password like a version", more("username: remote\npassword: 1.2.3\n")),
		config("password with exponent", more("username: remote\npassword: 12e5\n")),
		config("large hexadecimal", more("dial-timeout: 0xffffffffff\n")),
		config("duration negative", more("dial-timeout: -5\n")),
		config("relative path", swapped("DIR/client.crt", "client.crt")),
		config("null paths", swapped("DIR/client.crt\nkey-file: DIR/client.key", "\nkey-file:")),
		config("binary text", swapped("DIR/client.crt", "!!binary Z29uZQ==")),
		config("tagged text", swapped("DIR/client.crt", "!!str DIR/client.crt")),
		config("tagged number as text", more("username: !!str 12\n")),
		config("tagged text as number", more("dial-timeout: !!int \"12\"\n")),
		config("tagged text that is no number", more("dial-timeout: !!int twelve\n")),
		config("tag of ours", more("username: !ours remote\n")),
	}
	for _, word := range []string{"true", "True", "TRUE", "yes", "Yes", "on", "On", "y", "Y", "no", "off", "n", "null", "~", "", "1", "tRue", `"true"`, "'yes'", "yEs"} {
		table = append(table, config("truth value "+word, more("insecure-skip-tls-verify: "+word+"\n")))
	}
	for _, value := range []string{"true", "false", "yes"} {
		table = append(table, config("without transport "+value, more("insecure-transport: "+value+"\n")))
	}
	return append(append(table, documentFolders()...), namedFolders()...)
}

// documentFolders are about YAML as a whole, and Cilium's own part of a config.
func documentFolders() []folder {
	aliases := func(what, list string) folder {
		return config("aliases: "+what, more("cilium-host-aliases:"+list+"\n"))
	}
	one := "\n- hostname: etcd.example.net\n  ips: [127.0.0.1]"
	return []folder{
		config("BOM", "\ufeff"+goodConfig),
		config("start of a document", "---\n"+goodConfig),
		config("start of a document with a comment", "--- # ours\n"+goodConfig),
		config("directive", "%YAML 1.1\n---\n"+goodConfig),
		config("directive of another version", "%YAML 1.2\n---\n"+goodConfig),
		config("end of a document", goodConfig+"...\n"),
		config("two documents", goodConfig+"---\nendpoints: []\n"),
		config("two documents, content behind the dashes", goodConfig+"--- {endpoints: []}\n"),
		config("two documents, the second broken", goodConfig+"---\n\tendpoints: [\n"),
		config("two documents, the first empty", "---\n---\n"+goodConfig),
		config("two documents, the first a comment", "# ours\n---\n"+goodConfig),
		config("dashes in block text", more("note: |\n  ---\n  text\n")),
		config("behind the end", goodConfig+"...\n\tendpoints: [\n"),
		config("merge key", "base: &base\n  trusted-ca-file: DIR/ca.crt\n  endpoints: [https://127.0.0.8:2379]\n<<: *base\n"+remotesOnly),
		config("merge key alone", "base: &base\n  endpoints: [https://127.0.0.8:2379]\n<<: *base\n"),
		config("merge of a list", "a: &a {trusted-ca-file: DIR/ca.crt, endpoints: [https://127.0.0.8:2379]}\nb: &b {endpoints: [https://127.0.0.7:2379]}\n<<: [*a, *b]\n"),
		config("merge behind the own keys", "base: &base\n  endpoints: [https://127.0.0.8:2379]\n"+remotesOnly+"<<: *base\n"),
		config("merge of a text", more("<<: text\n")),
		config("merge of null", more("<<:\n")),
		config("merge in quotes", more("\"<<\": {cert-file: DIR/gone}\n")),
		config("merge of merges", "a: &a {endpoints: [https://127.0.0.8:2379]}\nb: &b {<<: *a, trusted-ca-file: DIR/ca.crt}\n<<: *b\n"),
		config("anchor and alias", "list: &list\n- https://127.0.0.8:2379\nendpoints: *list\n"),
		config("alias to nothing", "endpoints: *list\n"),
		config("anchor of a scalar", "endpoints: [&e https://127.0.0.8:2379, *e]\n"),
		config("alias as key", "name: &n endpoints\n*n : [https://127.0.0.8:2379]\n# endpoints:\n"),
		config("not UTF-8", "endpoints:\n- \xff\n"),
		config("not UTF-8 in a comment", "# M\xfcnchen\n"+goodConfig),
		config("control character", more("note: \"a\x01b\"\n")),
		config("control character in a comment", more("# a\x07b\n")),
		config("NUL at the end", more("\x00")),
		config("next line and separators", more("note: a\u0085b\u2028c\n")),
		config("emoji", more("note: \U0001f600\n")),
		config("private use and noncharacters", more("note: \ue000\ufffe\n")),
		config("empty", ""),
		config("comment only", "# endpoints:\n"),
		config("a word only", "endpoints:word\n"),
		config("a list", "- endpoints: []\n"),
		config("null and the word", "~ # endpoints:\n"),
		config("prose", "Each file has its endpoints: a list.\n"),
		config("prose in lines", "These are configs.\nEach has endpoints: a list\n"),
		config("unclosed quote", more("note: \"text\n")),
		config("unclosed list", "endpoints: [https://127.0.0.1:2379\n"),
		config("text with a colon", more("note: a: b\n")),
		config("text that starts with an at sign", more("note: @ours\n")),
		config("text that starts with a percent sign", more("note: %ours\n")),
		config("bad escape", more("note: \"\\q\"\n")),
		config("good escapes", more("note: \"\\x41\\u00e9\\/\"\n")),
		config("indent that is off", "endpoints:\n  - https://127.0.0.1:2379\n - https://127.0.0.2:2379\n"),
		config("key that is indented", "endpoints:\n- https://127.0.0.1:2379\n  cert-file: DIR/client.crt\n"),
		config("comment without a space", swapped("client.crt\n", "client.crt#ours\n")),
		config("long key", strings.Repeat("k", 1100)+": 1\n"+goodConfig),
		config("deep nesting", more("note: "+strings.Repeat("[", 40)+strings.Repeat("]", 40)+"\n")),
		aliases("one", one),
		aliases("twice", one+one),
		aliases("two names", one+strings.Replace(one, "etcd.", "etcd2.", 1)),
		aliases("empty", " []"),
		aliases("null", ""),
		aliases("null entry", "\n-"),
		aliases("empty entry", "\n- {}"),
		aliases("no list", " {etcd.example.net: [127.0.0.1]}"),
		aliases("text", " etcd.example.net"),
		aliases("no name", "\n- ips: [127.0.0.1]"),
		aliases("no addresses", "\n- hostname: etcd.example.net"),
		aliases("empty addresses", "\n- hostname: etcd.example.net\n  ips: []"),
		aliases("null address", "\n- hostname: etcd.example.net\n  ips: [~]"),
		aliases("empty address", "\n- hostname: etcd.example.net\n  ips: [\"\"]"),
		aliases("address as text", "\n- hostname: etcd.example.net\n  ips: 127.0.0.1"),
		aliases("bad address", "\n- hostname: etcd.example.net\n  ips: [127.0.0]"),
		aliases("address with zeros", "\n- hostname: etcd.example.net\n  ips: [127.0.0.01]"),
		aliases("address that is a number", "\n- hostname: etcd.example.net\n  ips: [127]"),
		aliases("IPv6", "\n- hostname: etcd.example.net\n  ips: [\"::1\", fd00::1]"),
		aliases("IPv6 with a zone", "\n- hostname: etcd.example.net\n  ips: [\"fe80::1%eth0\"]"),
		aliases("capital fields", "\n- Hostname: etcd.example.net\n  IPS: [127.0.0.1]"),
		aliases("more fields", "\n- hostname: etcd.example.net\n  ips: [127.0.0.1]\n  note: x"),
		aliases("field twice", "\n- hostname: etcd.example.net\n  ips: [127.0.0.1]\n  ips: []"),
		aliases("name that is a number", "\n- hostname: 12\n  ips: [127.0.0.1]"),
		aliases("name that is a list", "\n- hostname: [a]\n  ips: [127.0.0.1]"),
		aliases("name with spaces", "\n- hostname: \" etcd\"\n  ips: [127.0.0.1]"),
		config("aliases before 1.20, broken otherwise", "dial-timeout: 5s\ncilium-host-aliases: text\n"+goodConfig),
	}
}

// namedFolders are about files as such: their names, and what is no plain file.
func namedFolders() []folder {
	named := func(names ...string) folder {
		f := folder{what: "names " + strings.Join(names, " "), files: map[string]string{}}
		for _, name := range names {
			f.files[name] = goodConfig
		}
		return f
	}
	also := func(what string, files map[string]string, do func(dir string) error) folder {
		return folder{what: what, files: files, also: do}
	}
	link := func(to, name string) func(string) error {
		return func(dir string) error {
			return os.Symlink(strings.ReplaceAll(to, "DIR", dir), filepath.Join(dir, name))
		}
	}
	return []folder{
		named("remote", "remote-2", "0", "a--b"),
		named(".remote", ".remote.swp", ".#remote", "..remote"),
		named("remote.bak", "remote~", "#remote#", "remote.tmp", "remote.new"),
		named("Remote", "remote_2", "remote.2", "-remote", "remote-", "re mote", "remote\n", "rémote"),
		named("remote.yaml", "remote-cilium-etcd.config", "remote.config"),
		named(strings.Repeat("a", 32), strings.Repeat("b", 33)),
		named("default", "self", "control2"),
		named("bad\xffname"),
		{what: "notes", files: map[string]string{
			"README": "These are configs.\nEach has endpoints: a list\n", "notes": "Write `endpoints:` into each.\n", "README.md": "endpoints: see wiki\n",
			"todo": "nothing about it\n", "ca-notes.crt": "# endpoints:\n",
		}},
		{what: "sub folder", files: map[string]string{"sub/remote": goodConfig, "sub2/endpoints:": "endpoints:\n"}},
		also("dangling link", nil, link("nowhere", "remote")),
		also("dangling link with the word", nil, link("endpoints:", "remote")),
		also("link to a file", map[string]string{"source": goodConfig}, link("source", "remote")),
		also("absolute link", map[string]string{"source": goodConfig}, link("DIR/source", "remote")),
		also("link to a folder", map[string]string{"sub/other": goodConfig}, link("sub", "remote")),
		also("link to itself", nil, link("remote", "remote")),
		also("link through a file", nil, link("ca.crt/remote", "remote")),
		also("mounted Secret", map[string]string{"..2026_11_22/remote": goodConfig}, func(dir string) error {
			if err := os.Symlink("..2026_11_22", filepath.Join(dir, "..data")); err != nil {
				return err
			}
			return os.Symlink("..data/remote", filepath.Join(dir, "remote"))
		}),
		also("mode 0", map[string]string{"remote": goodConfig}, func(dir string) error {
			return os.Chmod(filepath.Join(dir, "remote"), 0)
		}),
	}
}
