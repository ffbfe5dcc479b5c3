package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	yaml "go.yaml.in/yaml/v3"
)

// maxFile bounds the configuration file, in bytes.
const maxFile = 1 << 20

// value is a value as it was written, and where.
type value struct {
	text  string
	words []string // of a list
	list  bool
	place string // "/etc/greenroom/greenroomd.yaml:12", "GREENROOM_ROOM_NAME"
}

// readFile returns the values of a file by key, and adds what is wrong in it to p. The error is one of reading.
func readFile(path string, p *problems) (map[string]value, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("config: %w; there is an example beside the unit file", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("config: %s is larger than %d bytes; that is no configuration of greenroomd", path, maxFile)
	}
	return parseFile(path, text, p), nil
}

// parseFile returns the values of a file's text.
func parseFile(path string, text []byte, p *problems) map[string]value {
	r := &reader{path: path, known: knownNames(), values: map[string]value{}, problems: p}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return r.values // nothing but comments
	case err != nil:
		p.add(path, "", fmt.Errorf("is no YAML: %s", strings.TrimPrefix(err.Error(), "yaml: ")))
		return r.values
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		p.add(path, "", errors.New("has more than one document: leave out the line ---"))
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode && !isNull(root) {
		p.add(r.place(root), "", errors.New("must consist of sections, such as \"room:\" and indented lines below it"))
		return r.values
	}
	r.section("", root)
	return r.values
}

// reader walks the nodes of a file.
type reader struct {
	path     string
	known    names
	values   map[string]value
	problems *problems
}

func (r *reader) place(n *yaml.Node) string { return fmt.Sprintf("%s:%d", r.path, n.Line) }

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// section reads a mapping whose keys all begin with prefix.
func (r *reader) section(prefix string, n *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, content := n.Content[i], n.Content[i+1]
		name := prefix + key.Value
		switch {
		case r.known.keys[name]:
			r.value(name, key, content)
		case r.known.sections[name] && content.Kind == yaml.MappingNode:
			r.section(name+".", content)
		case r.known.sections[name] && isNull(content):
			// A section whose lines are all comments.
		case r.known.sections[name]:
			r.problems.add(r.place(key), name, errors.New("is a section: its keys follow on lines of their own, indented"))
		default:
			r.problems.add(r.place(key), name, r.known.unknown(name))
		}
	}
}

// value reads the value of a key.
func (r *reader) value(name string, key, n *yaml.Node) {
	if before, twice := r.values[name]; twice {
		r.problems.add(r.place(key), name, fmt.Errorf("is here for the second time; the first is %s", before.place))
		return
	}
	v := value{place: r.place(n)}
	switch {
	case isNull(n):
	case n.Kind == yaml.ScalarNode:
		v.text = n.Value
	case n.Kind == yaml.SequenceNode:
		v.list, v.words = true, []string{}
		for _, word := range n.Content {
			if word.Kind != yaml.ScalarNode {
				r.problems.add(r.place(word), name, errors.New("is a list of words, and this is none"))
				return
			}
			v.words = append(v.words, word.Value)
		}
	default:
		r.problems.add(r.place(n), name, errors.New("has no keys of its own, and no references"))
		return
	}
	r.values[name] = v
}
