package capture

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"

	"greenroom/devices/camera"
	"greenroom/media"
	"greenroom/media/capture/confine"
	"greenroom/media/pipe"
)

// confined takes from the process what the stream does not need, and tries that it is gone. The text says what this
// kernel cannot protect; it is empty where all is protected. The error is a *Fault: the process is more open than it
// should be, and nobody knows why.
func confined(spec pipe.Spec) (weak string, err error) {
	rules := rulesFor(spec)
	protection, err := confine.Apply(rules)
	if err == nil {
		err = confine.Verify(rules, protection)
	}
	if err != nil {
		return "", faultf(pipe.Unprotected, "The capture program for the %s could not be confined, and captures nothing: %v", spec.Noun(), err)
	}
	return protection.Missing(), nil
}

// rulesFor says what capturing a stream needs once the program runs.
func rulesFor(spec pipe.Spec) confine.Rules {
	switch spec.Kind {
	case pipe.KindCamera:
		return cameraRules(spec)
	case pipe.KindMicrophone:
		return microphoneRules()
	case pipe.KindPipe:
	}
	return commandRules(spec)
}

// cameraRules leave the camera that is there now, and the encoder, if the picture is H.264. One that is plugged in later gets a
// new process.
func cameraRules(spec pipe.Spec) confine.Rules {
	r := confine.Rules{
		// The list of cameras, with what its links lead to, for when the camera is switched on again.
		Read: []string{"/sys/class/video4linux", "/sys/devices", "/dev/v4l"},
	}
	if spec.Codec == media.H264 {
		r.Use = append(r.Use, spec.Encoder)
	}
	if found, err := camera.Find("/", spec.Device); err == nil {
		r.Use = append(r.Use, found.Node)
		if found.ByPath != "" {
			r.Use = append(r.Use, found.ByPath)
		}
	}
	return r
}

// microphoneRules leave the sound cards and the sound server: one card's files have no names that say which is which to
// a sound server's plug-in.
func microphoneRules() confine.Rules {
	read := []string{
		"/proc/asound", "/proc/self", "/sys/class/sound", "/sys/devices",
		"/usr/share/alsa", "/etc/alsa", "/etc/asound.conf", // ALSA's configuration
		"/usr/share/pipewire", "/etc/pipewire", "/etc/pulse", "/etc/machine-id", // and the sound servers'
		"/usr/lib", "/lib", "/lib64", "/etc/ld.so.cache", // plug-ins are loaded when a device is opened
	}
	if home, err := os.UserHomeDir(); err == nil {
		for _, name := range []string{".asoundrc", ".config/alsa", ".config/pulse", ".config/pipewire"} {
			read = append(read, filepath.Join(home, name))
		}
	}
	return confine.Rules{
		Read:    append(read, os.Getenv("XDG_RUNTIME_DIR"), os.Getenv("ALSA_CONFIG_PATH")),
		Use:     []string{"/dev/snd", "/dev/null"},
		Keep:    []string{"/dev/shm"}, // the sound server hands sound over there
		Sockets: confine.UnixSockets,
	}
}

// commandRules leave an external command what such programs need: the system's programs and configuration, what its
// arguments name, devices, files for a short time, and the network. Not among them are /var and /run, with the room's state
// and credentials, and anything that could be changed for good.
func commandRules(spec pipe.Spec) confine.Rules {
	read := []string{
		"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/etc", "/sys", "/proc",
		"/var/cache/fontconfig", os.Getenv("XDG_RUNTIME_DIR"),
		"/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager/resolv.conf", "/run/udev", // names and devices
	}
	for i, word := range spec.Command {
		if i == 0 {
			if program, err := exec.LookPath(word); err == nil || errors.Is(err, exec.ErrDot) {
				word = program
			}
		}
		if filepath.IsAbs(word) {
			read = append(read, word)
		}
	}
	return confine.Rules{
		Read: read, Use: []string{"/dev"}, Keep: []string{os.TempDir(), "/dev/shm"},
		Sockets: confine.AllSockets, Programs: true,
	}
}
