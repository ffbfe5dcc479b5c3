package custody

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"greenroom/keystore"
	"greenroom/keystore/internal/generations"
	"greenroom/keystore/tpm"
)

// Open opens the device's keystore in the folder dir and keeps it locked until Close. Its errors hold a *keystore.Error
// (errors.As).
func Open(dir string, opts Options) (*Vault, error) {
	if opts.Backend == "" {
		opts.Backend = Auto
	}
	if opts.TPM.Device == "" {
		opts.TPM.Device = tpm.DefaultDevice
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	v := &Vault{dir: dir, opts: opts}
	if !slices.Contains([]Backend{Auto, TPM, File}, opts.Backend) {
		return nil, v.fail("open", keystore.ErrRefused, fmt.Sprintf("there is no backend %q", opts.Backend), "Set keystore.backend to auto, tpm or file.")
	}
	folder, err := generations.OpenFolder(dir, opts.CreateIfMissing)
	if err != nil {
		return nil, keystore.SystemError("open", dir, err)
	}
	v.folder = opts.Wrap.Folder(folder)
	if v.lock, err = generations.TakeLock(dir); err != nil {
		return nil, keystore.SystemError("open", dir, err)
	}
	if err := v.open(); err != nil {
		return nil, errors.Join(err, v.closeStores(), v.lock.Release())
	}
	return v, nil
}

func (v *Vault) fail(op string, kind error, why, do string) error {
	return &keystore.Error{Kind: kind, Op: op, Path: v.dir, Why: why, Do: do}
}

// open runs with the folder locked.
func (v *Vault) open() error {
	gens, err := generations.Scan(v.folder, generations.RollFile, parseRoll)
	if err != nil {
		return keystore.SystemError("open", v.dir, err)
	}
	v.gens = gens
	found, err := v.identities()
	if err != nil {
		return err
	}
	v.notes = gens.Quarantine(v.folder)
	for len(gens.Valid) > 0 {
		genuine, err := v.openCurrent(gens.Valid[0], found)
		if err != nil {
			return err
		}
		if genuine {
			v.openNext(found)
			v.mend()
			v.tidy(found)
			return nil
		}
		gens.Condemn(errors.New("it was not made by the identity that it names"))
		v.notes = append(v.notes, gens.Quarantine(v.folder)...)
	}
	return v.openWithoutRoll(found)
}

// openWithoutRoll is for the first start, for one that was cut short before the first roll, and for a folder whose rolls
// are all damaged. The first identity needs no roll to be understood; any later one does.
func (v *Vault) openWithoutRoll(found map[uint32]Backend) error {
	fresh := len(v.gens.Aside) == 0
	switch backend, first := found[1]; {
	case first && len(found) == 1:
		return v.adopt(backend)
	case len(found) > 0 || !fresh:
		why := "no good copy of the roll, which says which identity is the device's, is left"
		if len(v.notes) > 0 {
			why += ": " + strings.Join(v.notes, "; ")
		}
		return v.fail("open", keystore.ErrCorrupt, why,
			"Bring the folder back from a backup; or run greenroomctl keys reset, and enrol the room again.")
	case !v.opts.CreateIfMissing:
		return v.fail("open", keystore.ErrMissing, "", "On a new room, let greenroomd create it. Otherwise bring the folder back from a backup.")
	}
	return v.create()
}

// adopt makes the first identity the current one, and writes the roll that is not there.
func (v *Vault) adopt(backend Backend) error {
	if err := v.wanted(backend, ""); err != nil {
		return err
	}
	s, err := v.openStore(1, backend)
	if err != nil {
		return v.notMissing(err, 1)
	}
	v.current = entry{1, backend, s}
	return v.begin()
}

// openCurrent opens the identity that a roll names. It reports false, and leaves nothing open, if the identity did not
// make the roll.
func (v *Vault) openCurrent(r *roll, found map[uint32]Backend) (genuine bool, err error) {
	backend, there := found[r.current]
	if !there {
		return false, v.fail("open", keystore.ErrCorrupt, fmt.Sprintf("the folder of the device's identity, %s, is gone", folderName(r.current)),
			"Bring the folder back from a backup; or run greenroomctl keys reset, and enrol the room again.")
	}
	if err := v.wanted(backend, found[r.next]); err != nil {
		return false, err
	}
	s, err := v.openStore(r.current, backend)
	if err != nil {
		return false, v.notMissing(err, r.current)
	}
	mac, err := s.Secrets().MAC(rollLabel, r.body())
	if err == nil && len(r.former) > 0 && hmac.Equal(mac, r.mac[:]) {
		err = s.Secrets().TakeOver(r.former)
	}
	if err != nil {
		return false, errors.Join(&keystore.Error{Kind: keystore.ErrCorrupt, Op: "open", Path: v.dir, Err: err}, s.Close())
	}
	if !hmac.Equal(mac, r.mac[:]) || string(s.Identity().PublicKeyBytes()) != string(r.currentKey[:]) {
		return false, s.Close()
	}
	v.roll, v.current = r, entry{r.current, backend, s}
	return true, nil
}

// wanted says whether the folder's backend is the configured one, or during a move the one that it moves to.
func (v *Vault) wanted(backend, next Backend) error {
	if v.opts.Backend == Auto || v.opts.Backend == backend || v.opts.Backend == next {
		return nil
	}
	return v.fail("open", keystore.ErrOtherBackend,
		fmt.Sprintf("the identity is in the %s backend, and keystore.backend asks for %s", backend, v.opts.Backend),
		fmt.Sprintf("Set keystore.backend to %s or auto; to move the identity, then run: greenroomctl keys move --to %s. Nothing was changed.", backend, v.opts.Backend))
}

// notMissing turns a missing identity, in a folder that held one, into what it is.
func (v *Vault) notMissing(err error, number uint32) error {
	if !errors.Is(err, keystore.ErrMissing) {
		return err
	}
	return v.fail("open", keystore.ErrCorrupt, fmt.Sprintf("the files of the device's identity, in %s, are gone", folderName(number)),
		"Bring the folder back from a backup; or run greenroomctl keys reset, and enrol the room again.")
}

// openNext opens the identity that a rotation is making. The device works without it, so a failure is a notice; Commit
// tries again.
func (v *Vault) openNext(found map[uint32]Backend) {
	if v.roll.next == 0 {
		return
	}
	v.next = entry{number: v.roll.next, backend: found[v.roll.next]}
	if err := v.ensureNext(); err != nil {
		v.notes = append(v.notes, "the next identity can't be opened now: "+err.Error())
	}
}

// ensureNext opens the next identity if it is not open yet.
func (v *Vault) ensureNext() error {
	if v.next.store != nil {
		return nil
	}
	s, err := v.openStore(v.next.number, v.next.backend)
	if err != nil {
		return v.notMissing(err, v.next.number)
	}
	if err = s.Secrets().TakeOver(v.roll.nextFormer); err == nil && string(s.Identity().PublicKeyBytes()) != string(v.roll.nextKey[:]) {
		err = errors.New("it has another key than the one that the succession names")
	}
	if err != nil {
		wrong := &keystore.Error{
			Kind: keystore.ErrCorrupt, Op: "open", Path: v.dir, Why: "the next identity is damaged", Err: err,
			Do: "Give the rotation up, and begin it again. The identity that the room has is not touched.",
		}
		return errors.Join(wrong, s.Close())
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.next.store = s
	return nil
}
