package daemon

import (
	"context"
	"errors"

	"greenroom/daemon/config"
	"greenroom/daemon/room"
	"greenroom/keystore"
	"greenroom/keystore/custody"
	"greenroom/meeting/directory"
)

// handover makes a new identity key, and has the hub know the room by it.
type handover struct {
	*keyring
	vault *custody.Vault
	self  *self

	command room.CommandName // what led to it; after a restart nobody knows
	told    string           // why the hub did not acknowledge, as it was last told
}

// rotate makes the key, and reports whether the hub is to be asked.
func (x *handover) rotate(e room.RotateKey) bool {
	if c := x.d.cfg.Keystore.Backend; e.To != "" && c != config.BackendAuto && c != e.To {
		x.failed(e.Command, room.CodeKeyPinned, "")
		return false
	}
	_, err := x.vault.Rotate(custody.Backend(e.To))
	if err != nil {
		x.d.log.Error("no new identity key was made", "to", e.To, "error", err)
		code := room.CodeKeyFailed
		text := explainKey(err)
		if errors.Is(err, keystore.ErrPending) {
			code, text = room.CodeKeyPending, ""
		}
		x.failed(e.Command, code, text)
		return false
	}
	x.command, x.told = e.Command, ""
	x.pending.Store(true)
	x.tell(x.vault, "")
	return true
}

// try asks the hub to acknowledge the key that is pending, if one is, and reports whether the room has a new self. wait
// lets it wait until the room is in no meeting; else it does nothing then. Its error is one of a configuration that cannot
// work.
func (x *handover) try(ctx context.Context, wait bool) (renewed bool, err error) {
	statement, ok := x.vault.Pending()
	x.pending.Store(ok)
	if !ok {
		return false, nil
	}
	if wait {
		x.inUse.Lock()
	} else if !x.inUse.TryLock() {
		return false, nil
	}
	defer x.inUse.Unlock()
	asking, cancel := context.WithTimeout(ctx, ticketTime)
	defer cancel()
	acknowledged, err := x.self.hub.client.Succeed(asking, statement)
	if err != nil {
		x.unacknowledged(asking, err)
		return false, nil
	}
	if err := x.vault.Commit(acknowledged); err != nil {
		// The hub knows the new key, and the room does not yet sign with it: it is tried again soon.
		x.d.log.Error("the new identity key is acknowledged, and was not taken into use", "error", err)
		x.wait(explainKey(err))
		return false, nil
	}
	x.d.log.Info("the hub knows the room by its new identity key")
	x.pending.Store(false)
	x.health.forget()
	_, err = x.become(x.vault)
	return err == nil, err
}

// unacknowledged finds out whether there is still hope for the new key. A hub that refuses the statement, and knows the
// room by the old key all the same, has not taken it and will not: then the room stays with the old one.
func (x *handover) unacknowledged(ctx context.Context, err error) {
	_, text := x.self.hub.explain(err)
	if text == "" {
		text = sentence(err)
	}
	var refused *directory.Error
	if errors.As(err, &refused) && refused.Code == directory.CodeBadRequest {
		if _, err := x.self.hub.client.Hello(ctx); err == nil {
			x.abandon(text)
			return
		}
	}
	x.wait(text)
}

func (x *handover) abandon(why string) {
	if err := x.vault.Abandon(); err != nil {
		x.d.log.Error("the new identity key was not given up", "error", err)
		x.wait(why)
		return
	}
	x.d.log.Error("the hub refused the new identity key; the room goes on with the one it has", "reason", why)
	x.pending.Store(false)
	x.tell(x.vault, "")
	if x.command != "" {
		x.failed(x.command, room.CodeKeyRefused, "")
	}
}

// wait shows why the new key is not in use yet.
func (x *handover) wait(why string) {
	if why == x.told {
		return
	}
	x.told = why
	x.d.log.Warn("the hub has not acknowledged the new identity key; it is asked again", "reason", why)
	x.tell(x.vault, why)
}
