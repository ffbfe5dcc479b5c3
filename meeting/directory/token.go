package directory

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// RelayTokenValidity is how long a relay token opens the relay's door. A connection that is open stays open after it.
const RelayTokenValidity = 10 * time.Minute

// tokenBackdate lets a relay in whose clock is a little behind the hub's.
const tokenBackdate = 30 * time.Second

// Relay is the LiveKit server, or cluster, that the meetings use, and the key pair of its API.
type Relay struct {
	URL    string // ws:// or wss://, as rooms reach it
	Key    string
	Secret string
}

// check refuses a relay that no room could use.
func (r Relay) check() error {
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" || (u.Scheme != "ws" && u.Scheme != "wss") {
		return errors.New("the relay's URL does not begin with ws:// or wss:// and a host")
	}
	if r.Key == "" || r.Secret == "" {
		return errors.New("the relay's API key or secret is empty")
	}
	return nil
}

// relayClaims are the claims that LiveKit reads (its documentation, "Authentication"). The relay's room is the
// instance: two runs of a meeting never meet on the relay either.
type relayClaims struct {
	jwt.RegisteredClaims
	Name  string     `json:"name"`
	Video relayGrant `json:"video"`
}

type relayGrant struct {
	Room           string `json:"room"`
	RoomJoin       bool   `json:"roomJoin"`
	CanPublish     bool   `json:"canPublish"`
	CanSubscribe   bool   `json:"canSubscribe"`
	CanPublishData bool   `json:"canPublishData"`
}

// token signs a relay token (JWT, HS256) for one participant of one instance.
func (r Relay) token(instance, participant, name string, now time.Time) (string, error) {
	claims := relayClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    r.Key,
			Subject:   participant,
			NotBefore: jwt.NewNumericDate(now.Add(-tokenBackdate)),
			ExpiresAt: jwt.NewNumericDate(now.Add(RelayTokenValidity)),
		},
		Name: name,
		Video: relayGrant{
			Room: instance, RoomJoin: true,
			CanPublish: true, CanSubscribe: true, CanPublishData: true,
		},
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(r.Secret))
	if err != nil {
		return "", fmt.Errorf("the relay token was not signed: %w", err)
	}
	return signed, nil
}
