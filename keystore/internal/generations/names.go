package generations

import (
	"fmt"
	"strconv"
	"strings"
)

// Suffix is the end of a generation's file name. It says which backend wrote the file.
type Suffix string

// The suffixes of the backends.
const (
	KeyFile Suffix = ".key"
	TPMFile Suffix = ".tpm"
)

// The names in the folder (package doc).
const (
	filePrefix  = "identity-"
	AsideSuffix = ".corrupt"
	TempName    = "identity.tmp"
)

// Name returns the name of a generation's file.
func (s Suffix) Name(generation uint64) string {
	return fmt.Sprintf("%s%016x%s", filePrefix, generation, s)
}

// parse returns the generation that a file name stands for.
func (s Suffix) parse(name string) (uint64, bool) {
	digits, isFile := strings.CutSuffix(name, string(s))
	digits, hasPrefix := strings.CutPrefix(digits, filePrefix)
	generation, err := strconv.ParseUint(digits, 16, 64)
	ok := isFile && hasPrefix && err == nil && s.Name(generation) == name
	return generation, ok
}

// other returns the suffix of the other backend.
func (s Suffix) other() Suffix {
	if s == KeyFile {
		return TPMFile
	}
	return KeyFile
}
