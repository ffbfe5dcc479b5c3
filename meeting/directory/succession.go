package directory

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// A room changes its identity key by a statement that its old key signs. It goes on with the old one until the hub has
// answered, which is when the new one counts:
//
//	room                                              hub
//	makes the new key, keeps the old one
//	POST /v1/rooms/succeed, signed by the old key --> verifies, keeps (old key -> new key), carries over what the
//	                                                  old key had: places, meetings, calls
//	commits to the new key                        <-- the new key
//	signs with the new key                        --> knows the room by it; the old one is refused (CodeKeySucceeded)
//
// An answer that is lost does no harm: the statement may be sent again with the old key, and has the same answer.

// Succession says that a room's new key follows its old one.
type Succession struct {
	Old, New  []byte    // identity keys: 65 bytes each
	Device    [16]byte  // the device that both belong to
	Time      time.Time // by the room's clock
	Statement []byte    // as both keys have signed it
}

// SuccessionVerifier reads a statement about the room whose key is known, and verifies both signatures. Its errors
// finish the sentence "The statement cannot be used: ...".
type SuccessionVerifier func(statement, known []byte) (Succession, error)

type succeedRequest struct {
	Statement []byte `json:"statement"`
}

type succeedAnswer struct {
	Key []byte `json:"key"`
}

func parseSucceed(data []byte) (succeedRequest, error) {
	var r succeedRequest
	if err := parseBody(data, &r); err != nil {
		return succeedRequest{}, err
	}
	if len(r.Statement) == 0 {
		return succeedRequest{}, errors.New("there is no statement in it")
	}
	return r, nil
}

// Succeed asks the hub to know this room by a new key, as the statement says that the client's own key has signed. It
// returns the key that the hub knows the room by from now on. It may be repeated until there is an answer.
func (c *Client) Succeed(ctx context.Context, statement []byte) (key []byte, err error) {
	var answer succeedAnswer
	if err := c.call(ctx, http.MethodPost, pathSucceed, succeedRequest{statement}, &answer); err != nil {
		return nil, err
	}
	if len(answer.Key) == 0 {
		return nil, faulty("its answer does not name the key that it knows this room by")
	}
	return answer.Key, nil
}

// succeed makes a new key the caller's. The caller's own key may be one that was succeeded: then its answer got lost.
func (s *Service) succeed(ctx context.Context, c caller, r succeedRequest) (succeedAnswer, error) {
	if s.cfg.Succession == nil {
		return succeedAnswer{}, refuse(CodeBadRequest, "This hub takes no new keys of rooms.")
	}
	v, err := s.cfg.Succession(r.Statement, c.Key)
	if err == nil && !bytes.Equal(v.Old, c.Key) {
		err = errors.New("it is about another key")
	}
	if err != nil {
		return succeedAnswer{}, refuse(CodeBadRequest, "The statement about the room's new key cannot be used: "+err.Error()+".")
	}
	v.Statement = r.Statement
	added := false
	err = s.transact(ctx, c, func(tx Tx, now time.Time) (err error) {
		added, err = s.addSuccession(ctx, tx, v, now)
		return err
	})
	if err != nil {
		return succeedAnswer{}, err
	}
	s.roster.learn(v)
	if added {
		s.cfg.Log.Info("a room has a new key; it may stand in the configuration in place of the old one, which still leads to it",
			"room", c.Name, "key", base64.StdEncoding.EncodeToString(v.New), "fingerprint", Fingerprint(v.New), "before", Fingerprint(v.Old))
	}
	return succeedAnswer{Key: v.New}, nil
}

// addSuccession keeps a succession that is new and allowed. The same one again is no error.
func (s *Service) addSuccession(ctx context.Context, tx Tx, v Succession, now time.Time) (added bool, err error) {
	if v.Time.After(now.Add(MaxClockSkew)) {
		return false, refuse(CodeClockWrong, clockSentence(v.Time.Sub(now)))
	}
	kept, err := tx.SuccessionOf(ctx, v.Old)
	switch {
	case err == nil && bytes.Equal(kept.New, v.New):
		return false, nil
	case err == nil:
		return false, refuse(CodeKeySucceeded, fmt.Sprintf("The hub knows this room by another new key already. Its fingerprint is %s: "+
			"compare it with that of the room; if it is another one, ask IT who has made it.", Fingerprint(kept.New)))
	case !errors.Is(err, ErrNotFound):
		return false, err
	}
	before, err := tx.SuccessionTo(ctx, v.Old)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return false, err
	}
	if err == nil && before.Device != v.Device {
		return false, refuse(CodeBadRequest, "The statement about the room's new key is of another device than the last one.")
	}
	_, known, _ := s.roster.find(v.New)
	if !known {
		added, err = tx.AddSuccession(ctx, v, now)
	}
	if err == nil && !added {
		err = refuse(CodeBadRequest, "The new key is, or was, the key of a room that this hub knows. Make another one.")
	}
	return added, err
}
