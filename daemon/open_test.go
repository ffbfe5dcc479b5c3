package daemon

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"greenroom/daemon/config"
	"greenroom/daemon/room"
	"greenroom/keystore"
	"greenroom/systemd"
)

// TestKeystoreFaultsFollowEachOther: each fault takes the place of the one before, and the last one goes when the
// keystore opens.
func TestKeystoreFaultsFollowEachOther(t *testing.T) {
	cfg := config.Config{State: config.State{Dir: t.TempDir()}, Keystore: config.Keystore{Backend: config.BackendFile, Protection: config.ProtectionNone}}
	first, err := OpenKeystore(cfg)
	if err != nil {
		t.Fatal(err)
	}
	service, err := systemd.NewNotifier()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		d := &Daemon{cfg: cfg, log: slog.New(slog.DiscardHandler), loop: testLoop(func(room.Effect) {})}
		d.keys = newKeyring(d)
		opened := make(chan keystore.Store, 1)
		go func() {
			store, err := d.awaitStore(t.Context(), service)
			if err != nil {
				t.Error(err)
			}
			opened <- store
		}()
		now := func(want ...string) {
			t.Helper()
			synctest.Wait()
			for _, e := range d.loop.events.Take() {
				d.loop.room.Apply(time.Now(), e)
			}
			faults := d.loop.room.State().Faults
			if len(faults) != len(want) || len(want) > 0 && faults[0].Code != want[0] {
				t.Errorf("faults %+v, want %v", faults, want)
			}
		}
		now(room.FaultKeystoreInUse)

		first.Close()
		mode(t, cfg, 0o644)
		time.Sleep(openFirst) // virtual
		now(room.FaultKeystoreTooOpen)

		mode(t, cfg, 0o600)
		time.Sleep(openFirst)
		now()
		store := <-opened
		if store.Info().Fingerprint != first.Info().Fingerprint {
			t.Error("another identity")
		}
		store.Close()
	})
}

// mode changes the rights of every identity file.
func mode(t *testing.T, cfg config.Config, m os.FileMode) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(cfg.State.KeystoreDir(), "identity-1", "identity-*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("identity files: %v (%v)", files, err)
	}
	for _, f := range files {
		if err := os.Chmod(f, m); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEachFaultOfAKeystoreIsTold: what a person does something else about has a fault of its own.
func TestEachFaultOfAKeystoreIsTold(t *testing.T) {
	seen := map[string]error{}
	for _, kind := range []error{
		keystore.ErrCorrupt, keystore.ErrUnsupported, keystore.ErrUnreadable, keystore.ErrInUse, keystore.ErrWrongSecret,
		keystore.ErrMissing, keystore.ErrNoSecret, keystore.ErrTooOpen, keystore.ErrTPMPolicy,
		keystore.ErrOtherBackend, keystore.ErrNoSpace, keystore.ErrTPMGone, keystore.ErrTPMBusy, keystore.ErrTPMLockout,
		keystore.ErrTPMReplaced, keystore.ErrTPMCleared, keystore.ErrTPMRefused,
	} {
		code := faultOf(&keystore.Error{Kind: kind, Op: "open"})
		if other, taken := seen[code]; taken {
			t.Errorf("%v and %v are both %s", kind, other, code)
		}
		seen[code] = kind
	}
	if code := faultOf(&keystore.Error{Kind: keystore.ErrUnreadable, Op: "write"}); code != room.FaultStateFolder {
		t.Errorf("a folder that cannot be written is %s", code)
	}
}
