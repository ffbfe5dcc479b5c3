package main

import (
	"fmt"
	"strings"

	"greenroom/daemon/room"
)

// summary says in one line what the room is doing.
func summary(st room.State) string {
	line := st.Room.Name + ": " + doing(st)
	if !st.Devices.Microphone.On {
		line += ", muted"
	}
	if !st.Devices.Camera.On {
		line += ", camera off"
	}
	if st.Devices.Content.On {
		line += ", sharing"
	}
	for _, f := range st.Faults {
		line += ", " + f.Code
	}
	if st.Refusal != nil {
		line += ". " + st.Refusal.Text
	}
	return line
}

func doing(st room.State) string {
	switch st.Phase {
	case room.PhaseStarting:
		return "starting"
	case room.PhaseIdle:
		if st.Ringing != nil {
			return st.Ringing.From + " is calling (greenroomctl answer, or decline)"
		}
		return "idle"
	case room.PhaseJoining:
		return joining(st)
	case room.PhaseFault:
		return "fault"
	case room.PhaseMeeting:
	}
	m := st.Meeting
	if m == nil {
		return string(st.Phase)
	}
	in := "in meeting " + m.Number
	if m.Kind == room.MeetingCall {
		in = "in a call with " + m.Title
	}
	line := fmt.Sprintf("%s, %s, %s", in, counted(len(m.People), "participant"), shield(m.Encryption))
	if m.Locked {
		line += ", locked"
	}
	if n := len(m.Waiting); n > 0 {
		line += fmt.Sprintf(", %d waiting to be let in", n)
	}
	switch {
	case !m.Link.Up:
		line += ", reconnecting"
	case m.Link.Quiet:
		line += ", nothing heard from the leader"
	}
	return line
}

// joining says what a join waits for.
func joining(st room.State) string {
	if st.Joining == nil {
		return "joining"
	}
	to := "joining"
	switch {
	case st.Joining.Number != "":
		to += " " + st.Joining.Number
	case st.Joining.Title != "":
		to = "in a call with " + st.Joining.Title
	}
	switch st.Joining.Step {
	case room.StepRinging:
		return to + ": ringing"
	case room.StepHub:
		return to + ": asking the server"
	case room.StepRelay:
		return to + ": connecting"
	case room.StepHost:
		return to + ": waiting for the host"
	case room.StepAdmission:
		return to + ": waiting to be let in"
	case room.StepKeys:
		return to + ": waiting for the keys"
	}
	return to
}

// shield is the screen's words for the shield.
func shield(e room.Encryption) string {
	switch e.Shield {
	case room.ShieldEncrypted:
		return "encrypted"
	case room.ShieldE2EE:
		return "end-to-end encrypted"
	case room.ShieldVerified:
		if e.JoinedSince > 0 {
			return fmt.Sprintf("end-to-end encrypted, verified (%d joined since)", e.JoinedSince)
		}
		return "end-to-end encrypted, verified"
	case room.ShieldNotSecure:
		return "NOT SECURE: leave, or compare again"
	case room.ShieldChecking:
	}
	return "checking encryption"
}

// lastChat is how many lines of chat status shows.
const lastChat = 5

// describe says all that a person would want to know, one thing a line.
func describe(st room.State) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "\n  %-11s %s", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(&b, "%s: %s", st.Room.Name, doing(st))
	if m := st.Meeting; m != nil {
		line("title", "%s", m.Title)
		if m.Passcode != "" {
			line("passcode", "%s", m.Passcode)
		}
		if len(m.Encryption.Code) > 0 {
			line("code", "%s", strings.Join(m.Encryption.Code, " "))
		}
		for _, p := range m.People {
			line("participant", "%s", person(p))
		}
		for _, w := range m.Waiting {
			line("waiting", "%s", waiting(w))
		}
		for _, c := range m.Chat[max(0, len(m.Chat)-lastChat):] {
			line("chat", "%s %s: %s", c.Time.Local().Format("15:04"), c.Name, c.Text)
		}
	}
	for _, each := range st.Bookings {
		line("booked", "%s", booking(each))
	}
	line("camera", "%s", device(st.Devices.Camera, "off"))
	line("microphone", "%s", device(st.Devices.Microphone, "muted"))
	line("server", "%s", strings.TrimSpace(string(st.Hub.State)+" "+st.Hub.Text))
	if st.Identity.Fingerprint != "" {
		line("identity", "%s (%s)", st.Identity.Fingerprint, place(st.Identity))
		if st.Identity.Next != nil {
			line("next key", "%s, not acknowledged by the server yet", st.Identity.Next.Fingerprint)
		}
	}
	for _, f := range st.Faults {
		line(f.Code, "%s %s", f.Text, f.Do)
	}
	if st.Refusal != nil {
		line("refused", "%s: %s", st.Refusal.Command, st.Refusal.Text)
	}
	line("version", "%s", st.Room.Version)
	return b.String()
}

// devices says how each device is, since when, and what was tried.
func devices(st room.State) string {
	var lines []string
	for _, d := range []struct {
		name, off string
		room.Device
	}{{"camera", "off", st.Devices.Camera}, {"microphone", "muted", st.Devices.Microphone}, {"content", "not shared", st.Devices.Content}} {
		line := fmt.Sprintf("%-11s %s; since %s", d.name, device(d.Device, d.off), d.Since.Local().Format("2006-01-02 15:04:05"))
		if d.Tries > 0 {
			line += ", " + counted(d.Tries, "further start")
		}
		if d.name == "camera" && st.Devices.Preview {
			line += ", shown on a panel"
		}
		lines = append(lines, line)
	}
	lines = append(lines, fmt.Sprintf("%-11s volume %d", "loudspeaker", st.Devices.Speaker.Volume))
	lines = append(lines, cameras(st.Devices.Cameras)...)
	lines = append(lines, adjustments(st.Devices.Adjustments)...)
	lines = append(lines, equipment(st.Devices)...)
	return strings.Join(append(lines, counters(st.Counters)...), "\n")
}

// counters says what became of the frames since the room started.
func counters(c room.Counters) []string {
	var lines []string
	for _, s := range c.Streams {
		refused := s.WaitingKey + s.WrongKey + s.Replayed + s.Unencrypted
		if s.Captured+s.Encoded+s.Keyless+s.Opened+refused == 0 {
			continue
		}
		line := fmt.Sprintf("%-13s own: %d captured, %d encoded, %d sealed", s.Stream, s.Captured, s.Encoded, s.Sealed)
		if s.Keyless > 0 {
			line += fmt.Sprintf(", %d before there was a key", s.Keyless)
		}
		line += fmt.Sprintf("; others': %d opened", s.Opened)
		for _, r := range []struct {
			n    uint64
			what string
		}{
			{s.Withheld, "opened in vain"},
			{s.WaitingKey, "without their key"},
			{s.WrongKey, "with a wrong key"},
			{s.Replayed, "replayed"},
			{s.Unencrypted, "not encrypted"},
		} {
			if r.n > 0 {
				line += fmt.Sprintf(", %d %s", r.n, r.what)
			}
		}
		lines = append(lines, line)
	}
	if r := c.Relay; r.Joins > 0 {
		lines = append(lines, fmt.Sprintf("%-13s %d frames sent, %d received, %d incomplete, %d of its own; %d packets lost, %d late",
			"relay", r.Sent, r.Received, r.Incomplete, r.Injected, r.PacketsLost, r.PacketsLate))
	}
	if s := c.Screen; s.Decoded+s.Samples > 0 {
		line := fmt.Sprintf("%-13s %d pictures decoded, %d dropped, %s for %.1f s in all, %.2f%% of the sound made up",
			"screen", s.Decoded, s.Dropped, counted(int(s.Freezes), "freeze"), float64(s.FreezeMS)/1000, 100*float64(s.Concealed)/float64(max(s.Samples, 1)))
		if s.Apart != nil {
			line += fmt.Sprintf(", picture and sound %d ms apart", max(*s.Apart, -*s.Apart))
		}
		lines = append(lines, line)
	}
	return lines
}

func device(d room.Device, off string) string {
	words := string(d.State)
	if d.Name != "" {
		words = d.Name + ", " + words
	}
	if !d.On {
		words += ", " + off
	}
	switch d.Echo {
	case room.EchoPipeWire:
		words += ", echo cancelled by PipeWire"
	case room.EchoDevice:
		words += ", echo cancelled by the device"
	case room.EchoHeard:
		words += ", echo not cancelled: the others may hear themselves"
	case room.EchoUnknown, room.EchoUnasked:
	}
	if d.Reason != "" {
		words += ": " + d.Reason
	}
	return words
}

func counted(n int, what string) string {
	switch n {
	case 0:
		return "no " + what
	case 1:
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// place says where the identity key is.
func place(id room.Identity) string {
	switch {
	case id.Backend == "tpm":
		return "key in the TPM"
	case id.Protection == "none":
		return "key in an open file, for development only"
	}
	if id.Protection == "" {
		return "key in a file"
	}
	return "key in a file sealed by a " + id.Protection
}
