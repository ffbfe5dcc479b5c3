// Package version says which version of Greenroom a program is.
package version

import (
	"runtime/debug"
	"strings"
)

// commitDigits is how much of a commit's name tells it from others.
const commitDigits = 12

// String returns the module's version, or the commit that the program was built from, or "devel".
func String() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return strings.TrimPrefix(v, "v")
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	revision := settings["vcs.revision"]
	if revision == "" {
		return "devel"
	}
	revision = revision[:min(len(revision), commitDigits)]
	if settings["vcs.modified"] == "true" {
		revision += "+changes"
	}
	return revision
}
