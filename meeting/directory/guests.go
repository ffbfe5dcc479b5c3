package directory

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"

	"greenroom/meeting/wire"
)

// Guests are people with a browser. The hub knows nobody of them: whoever has a meeting's number and passcode gets a
// place, with the role of a participant, from outside the organisation, under the name that was typed. The hosts then
// let them in. A guest's identity key is made for the one visit, and signs requests as a room's does.
//
//	POST /v1/guests/join   {"number", "passcode", "name"}     -> Ticket
//	POST /v1/guests/renew  {"instance", "participant"}        -> {"relay_token"}
//	POST /v1/guests/leave  {"instance", "participant"}        -> {}
//
// The name goes into the statement alone. It stands neither in the store nor in the relay's token.

// maxTypedName is how much of a name is looked at, in bytes; more is refused, not cut.
const maxTypedName = 1 << 10

// guestRequest asks for a guest's place in a meeting.
type guestRequest struct {
	joinRequest
	Name string
}

func parseGuest(data []byte) (guestRequest, error) {
	var b struct {
		Number   string `json:"number"`
		Passcode string `json:"passcode"`
		Name     string `json:"name"`
	}
	if err := parseBody(data, &b); err != nil {
		return guestRequest{}, err
	}
	number, err := ParseNumber(b.Number)
	if err != nil {
		return guestRequest{}, err
	}
	if len(b.Passcode) > maxPasscode {
		return guestRequest{}, fmt.Errorf("the passcode has more than %d characters", maxPasscode)
	}
	name, err := cleanName(b.Name)
	if err != nil {
		return guestRequest{}, err
	}
	return guestRequest{joinRequest{number, b.Passcode}, name}, nil
}

// cleanName returns a typed name as a statement may hold it (wire.CleanName), cut at a character's end to what fits.
func cleanName(typed string) (string, error) {
	if len(typed) > maxTypedName {
		return "", fmt.Errorf("the name has more than %d bytes", maxTypedName)
	}
	name := wire.CleanName(typed)
	for len(name) > wire.MaxNameSize {
		_, last := utf8.DecodeLastRuneInString(name)
		name = strings.TrimSpace(name[:len(name)-last])
	}
	if !wire.ValidName(name) {
		return "", errors.New("a name with something to read in it is needed")
	}
	return name, nil
}

// admitGuest finds out which key signed a request, or refuses it. A guest has no name but in its join.
func (s *Service) admitGuest(method, path, header string, body []byte) (caller, error) {
	if !s.cfg.Guests {
		return caller{}, refuse(CodeGuestsOff, fmt.Sprintf("The hub %q lets no guests in. Ask the people who invited you to meet from one of their rooms.", s.cfg.Name))
	}
	a, err := ParseAuthorization(header)
	if err != nil {
		return caller{}, refuse(CodeBadRequest, "The request is not signed as it should be: "+err.Error()+".")
	}
	if err := s.genuine(a, method, path, body); err != nil {
		return caller{}, err
	}
	if _, room, _ := s.roster.find(a.Key); room {
		return caller{}, refuse(CodeBadRequest, "This is the key of a room, which joins as a room.")
	}
	return caller{Room: Room{Key: a.Key}, nonce: a.Nonce, sent: a.Time}, nil
}

// guestJoin gives a guest a place. Wrong numbers and passcodes are counted against where they come from.
func (s *Service) guestJoin(ctx context.Context, c caller, r guestRequest) (Ticket, error) {
	c.Name = r.Name
	t, err := s.joinBy(ctx, c, r.joinRequest, gate{"guests " + c.address, addressPace()})
	if s.cfg.GuestRelayURL != "" {
		t.RelayURL = s.cfg.GuestRelayURL
	}
	return t, err
}

// addressOf returns the part of an address that names whoever has it: all of an IPv4 address, the network of 64 bits of an
// IPv6 one, of which a single household has as many addresses as it likes.
func addressOf(remote string) string {
	from, err := netip.ParseAddrPort(remote)
	if err != nil {
		return "unknown"
	}
	address := from.Addr().Unmap().WithZone("")
	if address.Is4() {
		return address.String()
	}
	network, err := address.Prefix(64)
	if err != nil {
		return "unknown"
	}
	return network.String()
}
