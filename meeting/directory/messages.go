package directory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"greenroom/meeting/wire"
)

// Limits of what a room may send. They are far above what people type.
const (
	maxBody     = 16 << 10 // bytes
	maxPasscode = 32       // bytes
)

// nowRequest asks for a new meeting.
type nowRequest struct {
	Title string `json:"title"`
}

// joinRequest asks for a place in a meeting that exists.
type joinRequest struct {
	Number   string `json:"number"`
	Passcode string `json:"passcode"`
}

// placeRequest names a place that was given: to renew it or to leave it.
type placeRequest struct {
	Instance    wire.InstanceID
	Participant wire.ParticipantID
}

type placeBody struct {
	Instance    string `json:"instance"`
	Participant string `json:"participant"`
}

type renewAnswer struct {
	RelayToken string `json:"relay_token"`
}

// errorBody is an Error in JSON.
type errorBody struct {
	Code       string `json:"code"`
	Message    string `json:"message"`
	HubTime    string `json:"hub_time"`
	RetryAfter int    `json:"retry_after_seconds,omitempty"`
}

// parseBody reads one JSON object with known keys only, and nothing after it.
func parseBody(data []byte, into any) error {
	if !utf8.Valid(data) {
		return errors.New("the body is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("the body is not the JSON object that is expected here: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("the body goes on after its JSON object")
	}
	return nil
}

func parseNow(data []byte) (nowRequest, error) {
	var r nowRequest
	if err := parseBody(data, &r); err != nil {
		return nowRequest{}, err
	}
	r.Title = strings.TrimSpace(r.Title)
	if err := checkTitle(r.Title); err != nil {
		return nowRequest{}, err
	}
	return r, nil
}

func parseJoin(data []byte) (joinRequest, error) {
	var r joinRequest
	if err := parseBody(data, &r); err != nil {
		return joinRequest{}, err
	}
	number, err := ParseNumber(r.Number)
	if err != nil {
		return joinRequest{}, err
	}
	if len(r.Passcode) > maxPasscode {
		return joinRequest{}, fmt.Errorf("the passcode has more than %d characters", maxPasscode)
	}
	return joinRequest{Number: number, Passcode: r.Passcode}, nil
}

func parsePlace(data []byte) (placeRequest, error) {
	var b placeBody
	if err := parseBody(data, &b); err != nil {
		return placeRequest{}, err
	}
	instance, err := wire.ParseInstanceID(b.Instance)
	if err != nil {
		return placeRequest{}, fmt.Errorf("instance: %w", err)
	}
	participant, err := wire.ParseParticipantID(b.Participant)
	if err != nil {
		return placeRequest{}, fmt.Errorf("participant: %w", err)
	}
	return placeRequest{Instance: instance, Participant: participant}, nil
}

// MarshalJSON writes the ids in hex.
func (p placeRequest) MarshalJSON() ([]byte, error) {
	return json.Marshal(placeBody{Instance: p.Instance.String(), Participant: p.Participant.String()})
}
