package source

import (
	"slices"
	"strings"
)

// childEnv returns the variables that a capture child needs to find programs and the sound server. The daemon's own
// configuration and credentials are not among them.
func childEnv(env []string) []string {
	passed := []string{
		"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_RUNTIME_DIR",
		"PULSE_SERVER", "PIPEWIRE_REMOTE", "PIPEWIRE_RUNTIME_DIR", "ALSA_CONFIG_PATH",
	}
	return slices.DeleteFunc(slices.Clone(env), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return !slices.Contains(passed, name)
	})
}
