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
	}
	return fmt.Sprintf("origin-%d", uint8(o))
}

// Allowed is the one table of what may be asked from where.
//
//	            screen  panel  control
//	join          -       x       x
//	meet-now      -       x       x
//	leave         -       x       x
//	mute          -       x       x
//	camera        -       x       x
//	compare       -       x       x
//	dismiss       -       x       x
//	chat          -       x       x
//	hand          -       x       x
//	react         -       x       x
//	upgrade       -       x       x
//	admit         -       x       x
//	deny          -       x       x
//	remove        -       x       x
//	lock          -       x       x
//	hand-over     -       x       x
//	end           -       x       x
//	ask-mute      -       x       x
//	call          -       x       x
//	answer        -       x       x
//	decline       -       x       x
func Allowed(o Origin, c CommandName) bool {
	switch o {
	case OriginScreen:
		return false
	case OriginPanel, OriginControl:
		return known(c)
	}
	return false
}
