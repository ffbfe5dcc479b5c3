package room

import "time"

// Ringing is a call that somebody makes to this room, and that nobody has answered yet.
type Ringing struct {
	From  string    `json:"from"` // the caller's name, as the hub says it
	Since time.Time `json:"since"`
	// Encryption is what the call begins with.
	Encryption Kind `json:"encryption"`
}

// Callee is somebody whom this room can call.
type Callee struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}
