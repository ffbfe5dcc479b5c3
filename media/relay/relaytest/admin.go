package relaytest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// TokenOptions change what a token says. The zero value is a good token for ten minutes.
type TokenOptions struct {
	// Name is the display name; empty: the identity.
	Name string
	// Expires is when the token ends; zero: in ten minutes.
	Expires time.Time
	// Secret signs the token in place of the server's own, for a token that must be refused.
	Secret string
}

// Token returns a relay token with which identity may join room, publish, subscribe and send data.
func (s *Server) Token(identity, room string, o TokenOptions) (string, error) {
	if o.Name == "" {
		o.Name = identity
	}
	grant := map[string]any{
		"room": room, "roomJoin": true, "canPublish": true, "canSubscribe": true, "canPublishData": true,
	}
	return s.sign(jwt.MapClaims{"sub": identity, "name": o.Name, "video": grant}, o)
}

// RemoveParticipant throws a participant out of a room, as an administrator does.
func (s *Server) RemoveParticipant(ctx context.Context, room, identity string) error {
	_, err := s.call(ctx, "RemoveParticipant", room, map[string]string{"room": room, "identity": identity})
	return err
}

// DeleteRoom ends a room for everybody in it.
func (s *Server) DeleteRoom(ctx context.Context, room string) error {
	_, err := s.call(ctx, "DeleteRoom", room, map[string]string{"room": room})
	return err
}

// Rooms returns the names of the rooms that there are.
func (s *Server) Rooms(ctx context.Context) ([]string, error) {
	answer, err := s.call(ctx, "ListRooms", "", map[string]string{})
	if err != nil {
		return nil, err
	}
	var list struct {
		Rooms []struct{ Name string }
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		return nil, fmt.Errorf("ListRooms: %w", err)
	}
	names := make([]string, len(list.Rooms))
	for i, r := range list.Rooms {
		names[i] = r.Name
	}
	return names, nil
}

// Tracks returns the ids of what each participant of a room publishes, by identity, in order. A track that is published again, or by
// a participant who came back, has another id.
func (s *Server) Tracks(ctx context.Context, room string) (map[string][]string, error) {
	answer, err := s.call(ctx, "ListParticipants", room, map[string]string{"room": room})
	if err != nil {
		return nil, err
	}
	var list struct {
		Participants []struct {
			Identity string
			Tracks   []struct{ SID string }
		}
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		return nil, fmt.Errorf("ListParticipants: %w", err)
	}
	tracks := make(map[string][]string)
	for _, p := range list.Participants {
		for _, t := range p.Tracks {
			tracks[p.Identity] = append(tracks[p.Identity], t.SID)
		}
		slices.Sort(tracks[p.Identity])
	}
	return tracks, nil
}

func (s *Server) sign(claims jwt.MapClaims, o TokenOptions) (string, error) {
	expires, secret := o.Expires, o.Secret
	if expires.IsZero() {
		expires = time.Now().Add(10 * time.Minute)
	}
	if secret == "" {
		secret = s.secret
	}
	claims["iss"] = s.key
	claims["nbf"] = expires.Add(-time.Hour).Unix()
	claims["exp"] = expires.Unix()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
	if err != nil {
		return "", fmt.Errorf("sign a relay token: %w", err)
	}
	return token, nil
}

// maxAnswer bounds the room service's answers, in bytes.
const maxAnswer = 1 << 20

// call sends one request to LiveKit's room service (Twirp with JSON) and returns its answer.
func (s *Server) call(ctx context.Context, method, room string, body any) ([]byte, error) {
	token, err := s.sign(jwt.MapClaims{"video": map[string]any{
		"roomAdmin": true, "roomCreate": true, "roomList": true, "room": room,
	}}, TokenOptions{})
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	url := "http://" + s.address() + "/twirp/livekit.RoomService/" + method
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: LiveKit answered %s: %s", method, resp.Status, answer)
	}
	return answer, nil
}
