package config

import (
	"fmt"
	"strings"
)

// Reference returns the configuration reference, in Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString(`# The configuration of greenroomd

Written from the table in ` + "`table.go`" + ` by ` + "`UPDATE_REFERENCE=1 go test ./daemon/config`" + `.

greenroomd reads one YAML file (` + "`greenroomd run --config FILE`" + `) and then the environment; a variable wins over the file. A key
` + "`room.name`" + ` is the line ` + "`name:`" + ` under ` + "`room:`" + ` in the file, and the variable ` + "`GREENROOM_ROOM_NAME`" + `. A list in a variable is words
with spaces between them, or a JSON list. Unknown keys and variables are refused, with the nearest known one; the variables of greenroomctl and greenroom-hub pass.

Secrets never stand here: keys of the keystore section name systemd credentials.
`)
	section := ""
	for _, k := range Keys() {
		if name, _, _ := strings.Cut(k.Name, "."); name != section {
			section = name
			fmt.Fprintf(&b, "\n## %s\n\n| key | default | values | meaning |\n| --- | --- | --- | --- |\n", section)
		}
		def := "empty"
		if k.Default != "" {
			def = "`" + k.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Name, def, k.Takes(), k.Doc)
	}
	return b.String()
}

// Example returns a configuration file to begin with: what is required stands there with a made-up value, and
// everything else is a comment with its default.
func Example() string {
	var b strings.Builder
	b.WriteString("# The configuration of greenroomd. Lines that begin with #name: show the default; see REFERENCE.md for all of it.\n")
	required := map[string]string{"room.name": "Aspen", "hub.url": "https://hub.example.org"}
	section := ""
	for _, k := range Keys() {
		prefix, name, _ := strings.Cut(k.Name, ".")
		if prefix != section {
			section = prefix
			fmt.Fprintf(&b, "\n%s:\n", section)
		}
		fmt.Fprintf(&b, "  # %s (%s)\n", k.Doc, k.Takes())
		if given, ok := required[k.Name]; ok {
			fmt.Fprintf(&b, "  %s: %s\n", name, given)
			continue
		}
		def := k.Default
		if def == "" {
			def = `""`
		}
		fmt.Fprintf(&b, "  #%s: %s\n", name, def)
	}
	return b.String()
}
