package main

import (
	"greenroom/keystore/succession"
	"greenroom/meeting/directory"
	"greenroom/provisioning/hub"
)

// verifiers join the hub to the formats of the rooms' keystores.
func verifiers() hub.Verifiers { return hub.Verifiers{Succession: verifySuccession} }

func verifySuccession(statement, known []byte) (directory.Succession, error) {
	s, err := succession.Verify(statement, known)
	if err != nil {
		return directory.Succession{}, err
	}
	return directory.Succession{Old: s.Old[:], New: s.New[:], Device: s.Device, Time: s.Time}, nil
}
