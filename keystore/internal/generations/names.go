package generations

import (
	"fmt"
	"strconv"
	"strings"
)

// Suffix is the end of a generation's file name. It says what the file is and, of an identity, which backend wrote it.
type Suffix string

// The suffixes. An identity is of the file backend or of the TPM backend.
const (
	KeyFile     Suffix = ".key"
	TPMFile     Suffix = ".tpm"
	CounterFile Suffix = ".counter" // the file backend's counter, beside its identity
	RollFile    Suffix = ".roll"    // which identity a folder of several uses
)

// The names in the folder (package doc).
const (
	AsideSuffix = ".corrupt"
	TempName    = "identity.tmp" // Temp of both identity files
)

// prefix is the beginning of a generation's file name.
func (s Suffix) prefix() string {
	switch s {
	case CounterFile:
		return "counter"
	case RollFile:
		return "roll"
	}
	return "identity"
}

// Name returns the name of a generation's file.
func (s Suffix) Name(generation uint64) string {
	return fmt.Sprintf("%s-%016x%s", s.prefix(), generation, s)
}

// Temp returns the name of a write that is under way.
func (s Suffix) Temp() string { return s.prefix() + ".tmp" }

// parse returns the generation that a file name stands for.
func (s Suffix) parse(name string) (uint64, bool) {
	digits, isFile := strings.CutSuffix(name, string(s))
	digits, hasPrefix := strings.CutPrefix(digits, s.prefix()+"-")
	generation, err := strconv.ParseUint(digits, 16, 64)
	ok := isFile && hasPrefix && err == nil && s.Name(generation) == name
	return generation, ok
}

// other returns the suffix that excludes this one from a folder; empty: none does.
func (s Suffix) other() Suffix {
	switch s {
	case KeyFile:
		return TPMFile
	case TPMFile:
		return KeyFile
	}
	return ""
}

// Holds reports whether a name is that of a generation of this kind, in use or set aside.
func (s Suffix) Holds(name string) bool {
	live, _, _ := strings.Cut(name, AsideSuffix)
	_, ok := s.parse(live)
	return ok
}
