package room

import "fmt"

// Origin is where a command comes from.
type Origin uint8

// The origins. The zero Origin is nobody, and may do nothing.
const (
	// OriginScreen is the page on the wall. It only shows.
	OriginScreen Origin = iota + 1
	// OriginPanel is a touch panel in the room.
	OriginPanel
	// OriginControl is the local socket: greenroomctl, and programs of the machine that its group lets in.
	OriginControl
	// OriginAdmin is the local socket too, for who looks after the machine: root, the daemon's own user, and the members
	// of a group of its own.
	OriginAdmin
	// OriginButton is a mute button on a device of the room.
	OriginButton
)

// String returns the origin's name as it stands in logs.
func (o Origin) String() string {
	switch o {
	case OriginScreen:
		return "screen"
	case OriginPanel:
		return "panel"
	case OriginControl:
		return "control"
	case OriginAdmin:
		return "admin"
	case OriginButton:
		return "button"
	}
	return fmt.Sprintf("origin-%d", uint8(o))
}

// Denied returns the refusal of a command that may not be asked from there, or nil.
func Denied(o Origin, c CommandName) *Refusal {
	switch {
	case Allowed(o, c):
		return nil
	case aboutKey(c):
		return refuse(c, CodeNotAdmin, "", "")
	}
	return refuse(c, CodeNotAllowed, "", "")
}

// Allowed is the one table of what may be asked from where.
//
//	                screen  panel  control  admin  button
//	join              -       x       x        x       -
//	join-booking      -       x       x        x       -
//	meet-now          -       x       x        x       -
//	leave             -       x       x        x       -
//	mute              -       x       x        x       x
//	camera            -       x       x        x       -
//	volume            -       x       x        x       -
//	layout            -       x       x        x       -
//	share             -       x       x        x       -
//	compare           -       x       x        x       -
//	dismiss           -       x       x        x       -
//	chat              -       x       x        x       -
//	hand              -       x       x        x       -
//	react             -       x       x        x       -
//	upgrade           -       x       x        x       -
//	admit             -       x       x        x       -
//	deny              -       x       x        x       -
//	remove            -       x       x        x       -
//	lock              -       x       x        x       -
//	hand-over         -       x       x        x       -
//	end               -       x       x        x       -
//	ask-mute          -       x       x        x       -
//	call              -       x       x        x       -
//	answer            -       x       x        x       -
//	decline           -       x       x        x       -
//	use-camera        -       x       x        x       -
//	camera-adjust     -       x       x        x       -
//	camera-turn       -       x       x        x       -
//	preset-recall     -       x       x        x       -
//	preset-store      -       x       x        x       -
//	display-power     -       x       x        x       -
//	display-input     -       x       x        x       -
//	display-volume    -       x       x        x       -
//	display-mute      -       x       x        x       -
//	press             -       x       x        x       -
//	touch             -       x       x        x       -
//	key-rotate        -       -       -        x       -
//	key-move          -       -       -        x       -
//	key-reset         -       -       -        x       -
func Allowed(o Origin, c CommandName) bool {
	switch o {
	case OriginScreen:
		return false
	case OriginPanel, OriginControl:
		return known(c) && !aboutKey(c)
	case OriginAdmin:
		return known(c)
	case OriginButton:
		return c == CommandMute
	}
	return false
}
