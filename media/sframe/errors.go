package sframe

import "errors"

// The reasons why a frame is not opened. They are told apart with errors.Is: a tile on the screen says which it is,
// and only ErrNoKey makes a receiver ask for a key.
var (
	// ErrMalformed: the bytes are no SFrame frame: too short, or a number that is not in its shortest form.
	ErrMalformed = errors.New("sframe: the frame is malformed")
	// ErrNoKey: no key is known for the frame's key id.
	ErrNoKey = errors.New("sframe: there is no key for this frame")
	// ErrReplay: the frame's counter was used before, or is too old to tell.
	ErrReplay = errors.New("sframe: the frame was seen before")
	// ErrAuth: the frame was sealed with another key, or was changed on its way.
	ErrAuth = errors.New("sframe: the frame does not open")
	// ErrUsedUp: a Sender has sealed as many frames as one key may seal.
	ErrUsedUp = errors.New("sframe: the key has sealed as many frames as it may; a new epoch is needed")
	// ErrBaseKey: a base key is shorter than 16 bytes.
	ErrBaseKey = errors.New("sframe: the base key is too short")
)
