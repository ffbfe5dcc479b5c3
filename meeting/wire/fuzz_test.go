package wire

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the kept corpus of the fuzz targets anew")

// seed adds an input to a fuzz target, and with -update keeps it under testdata/fuzz.
func seed(f *testing.F, name string, input []byte) {
	f.Helper()
	f.Add(input)
	if !*update {
		return
	}
	dir := filepath.Join("testdata", "fuzz", f.Name())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		f.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), fmt.Appendf(nil, "go test fuzz v1\n[]byte(%q)\n", input), 0o644); err != nil {
		f.Fatal(err)
	}
}

// mustFit checks that an error is one of those that a parser may return.
func mustFit(t *testing.T, err error, allowed ...error) {
	t.Helper()
	for _, a := range allowed {
		if errors.Is(err, a) {
			return
		}
	}
	t.Errorf("untyped error %v", err)
}

func FuzzParse(f *testing.F) {
	for _, body := range testBodies(f) {
		seed(f, body.Kind().String(), marshalBody(f, body, 11, testHub()))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Parse(data)
		if err != nil {
			mustFit(t, err, ErrMalformed, ErrUnknownKind)
			return
		}
		again, err := m.marshal()
		if err != nil {
			t.Fatal(err)
		}
		if m.Body.label() != "" {
			again = append(again, data[len(data)-ed25519.SignatureSize:]...)
		}
		if !bytes.Equal(again, data) {
			t.Errorf("parse and marshal are not inverse:\n%x\n%x", data, again)
		}
	})
}

func FuzzParseLink(f *testing.F) {
	l := testLink(f)
	seed(f, "every-change", l.Raw())
	for _, c := range l.Changes {
		one, err := SignLink(testHub(), Link{Instance: l.Instance, Leader: l.Leader, Version: 1, Changes: []Change{c}})
		if err != nil {
			f.Fatal(err)
		}
		seed(f, fmt.Sprintf("change-%d", c.Type), one.Raw())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		k, err := ParseLink(data)
		if err != nil {
			mustFit(t, err, ErrMalformed)
			return
		}
		again, err := SignLink(testHub(), k)
		if err != nil {
			t.Fatal(err)
		}
		n := len(data) - ed25519.SignatureSize
		if !bytes.Equal(again.Raw()[:n], data[:n]) || again.Hash() != k.Hash() {
			t.Errorf("parse and marshal are not inverse:\n%x\n%x", data, again.Raw())
		}
	})
}

// FuzzParseRecords: the records of a page marshal to that page, however many pages they take.
func FuzzParseRecords(f *testing.F) {
	records := testRecords(f, 3)
	seed(f, "member", MarshalPages(records[:1])[0])
	seed(f, "gone", MarshalPages(records[2:])[0])
	seed(f, "several", MarshalPages(records)[0])
	f.Fuzz(func(t *testing.T, page []byte) {
		records, err := ParseRecords(page)
		if err != nil {
			mustFit(t, err, ErrMalformed)
			return
		}
		if again := bytes.Join(MarshalPages(records), nil); !bytes.Equal(again, page) {
			t.Errorf("parse and marshal are not inverse:\n%x\n%x", page, again)
		}
	})
}

func FuzzOpenStatement(f *testing.F) {
	raw, err := SignStatement(testHub(), testStatement(f))
	if err != nil {
		f.Fatal(err)
	}
	seed(f, "statement", raw)
	seed(f, "cut", raw[:40])
	f.Fuzz(func(t *testing.T, data []byte) {
		s, signature, err := parseStatement(data)
		if err != nil {
			mustFit(t, err, ErrMalformed)
			return
		}
		if again := append(s.body(), signature...); !bytes.Equal(again, data) {
			t.Errorf("parse and marshal are not inverse:\n%x\n%x", data, again)
		}
	})
}

func FuzzParseContent(f *testing.F) {
	for i, c := range testContents() {
		raw, err := MarshalContent(c)
		if err != nil {
			f.Fatal(err)
		}
		seed(f, fmt.Sprintf("content-%02d", i+1), raw)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseContent(data)
		if err != nil {
			mustFit(t, err, ErrMalformed, ErrUnknownContent)
			return
		}
		if again, err := MarshalContent(c); err != nil || !bytes.Equal(again, data) {
			t.Errorf("parse and marshal are not inverse (%v):\n%x\n%x", err, data, again)
		}
	})
}
