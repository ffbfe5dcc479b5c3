// Package display is what the room may ask of the screen on its wall, whichever wire leads there.
package display

import (
	"context"
	"errors"
)

// Display is one display or projector. Every call is bounded by ctx and by the driver's own limits.
type Display interface {
	SetPower(ctx context.Context, on bool) error
	// SetInput switches to an input by the driver's name of it.
	SetInput(ctx context.Context, input string) error
	// SetVolume takes 0 to 100.
	SetVolume(ctx context.Context, percent int) error
	SetMute(ctx context.Context, on bool) error
	Status(ctx context.Context) (Status, error)
}

// Power is whether a display shows anything.
type Power string

// The powers. Warming and Cooling are of lamps: nothing else can be asked meanwhile.
const (
	PowerUnknown Power = "unknown"
	PowerOff     Power = "off" // standby
	PowerOn      Power = "on"
	PowerWarming Power = "warming"
	PowerCooling Power = "cooling"
)

// Status is how a display is.
type Status struct {
	Power Power
	Input string // the driver's name; empty: not known
	Muted bool
	// Volume is 0 to 100; -1: not known.
	Volume int
}

// What a display answers, or does not.
var (
	ErrUnsupported = errors.New("the display has no such command, or not by this wire")
	ErrRefused     = errors.New("the display refused")
	ErrBusy        = errors.New("the display cannot do that now: it may be in standby, warming or cooling")
	ErrSilent      = errors.New("the display does not answer")
)
