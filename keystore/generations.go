package keystore

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The names in the folder (package doc).
const (
	filePrefix  = "identity-"
	fileSuffix  = ".key"
	asideSuffix = ".corrupt"
	tempName    = "identity.tmp"
)

// keepGenerations is how many valid generations there are at rest.
const keepGenerations = 2

// fileName returns the name of a generation's file.
func fileName(generation uint64) string {
	return fmt.Sprintf("%s%016x%s", filePrefix, generation, fileSuffix)
}

// parseName returns the generation that a file name stands for.
func parseName(name string) (uint64, bool) {
	digits, isFile := strings.CutSuffix(name, fileSuffix)
	digits, hasPrefix := strings.CutPrefix(digits, filePrefix)
	generation, err := strconv.ParseUint(digits, 16, 64)
	ok := isFile && hasPrefix && err == nil && fileName(generation) == name
	return generation, ok
}

// generations is what a scan of the folder found.
type generations struct {
	valid   []*record // newest first
	damaged []damage  // still under their names
	aside   []string  // names of files that were set aside, now or earlier
	highest uint64    // the highest generation that a name stands for, set aside or not
}

// damage is a generation that does not read back.
type damage struct {
	name string
	why  error
}

// scan reads all generations. A file that the system refuses to give is an error, and so is one of a newer version:
// going on with an older generation would undo what a newer one holds.
func scan(d folder) (*generations, error) {
	names, err := d.Names()
	if err != nil {
		return nil, err
	}
	g := &generations{}
	// Names of one length with the generation in hexadecimal sort by generation.
	slices.Sort(names)
	slices.Reverse(names)
	for _, name := range names {
		if live, _, found := strings.Cut(name, asideSuffix); found {
			if generation, ok := parseName(live); ok {
				g.aside = append(g.aside, name)
				g.highest = max(g.highest, generation)
			}
			continue
		}
		generation, ok := parseName(name)
		if !ok {
			continue
		}
		g.highest = max(g.highest, generation)
		if err := g.add(d, name, generation); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// add reads one generation.
func (g *generations) add(d folder, name string, generation uint64) error {
	bytes, err := d.Read(name)
	if err != nil {
		return err
	}
	r, err := parseRecord(bytes)
	if err == nil && r.generation != generation {
		err = fmt.Errorf("%w: it holds generation %d under another one's name", errDamaged, r.generation)
	}
	switch {
	case errors.Is(err, errDamaged):
		g.damaged = append(g.damaged, damage{name, err})
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", name, err)
	}
	g.valid = append(g.valid, r)
	return nil
}

// quarantine renames the damaged files, so that they are neither read again nor lost. It returns a sentence for each;
// where the renaming fails (a read-only disk), the sentence says so and the file stays as it is.
func (g *generations) quarantine(d folder) []string {
	notices := make([]string, 0, len(g.damaged))
	for _, bad := range g.damaged {
		to := g.asideName(bad.name)
		if err := d.Rename(bad.name, to); err != nil {
			notices = append(notices, fmt.Sprintf("%s is %v; it could not be set aside: %v", bad.name, bad.why, err))
			continue
		}
		g.aside = append(g.aside, to)
		notices = append(notices, fmt.Sprintf("%s is %v; it was set aside as %s", bad.name, bad.why, to))
	}
	g.damaged = nil
	return notices
}

// asideName returns a name that is not taken.
func (g *generations) asideName(name string) string {
	to := name + asideSuffix
	for n := 2; slices.Contains(g.aside, to); n++ {
		to = name + asideSuffix + "-" + strconv.Itoa(n)
	}
	return to
}

// write makes a record the newest generation: after it returns nil the record lasts, and until then the generations
// before it are untouched. It sets r.generation, so the record is locked by the function it is given.
func (g *generations) write(d folder, r *record, seal func(*record) error) error {
	r.generation = g.highest + 1
	if err := seal(r); err != nil {
		return err
	}
	err := writeTemp(d, r.marshal())
	if err == nil {
		err = d.Rename(tempName, fileName(r.generation))
	}
	if err != nil {
		_ = d.Remove(tempName) // give a full disk its space back; the next write would overwrite it anyway
		return err
	}
	if err := d.Sync(); err != nil {
		return err
	}
	g.highest = r.generation
	g.valid = slices.Insert(g.valid, 0, r)
	g.prune(d)
	return nil
}

// writeTemp writes the temporary file and waits until it is on the disk.
func writeTemp(d folder, bytes []byte) error {
	f, err := d.Create(tempName)
	if err != nil {
		return err
	}
	if _, err := f.Write(bytes); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

// prune removes the generations before the previous one. One that stays does no harm.
func (g *generations) prune(d folder) {
	for len(g.valid) > keepGenerations {
		last := g.valid[len(g.valid)-1]
		_ = d.Remove(fileName(last.generation))
		g.valid = g.valid[:len(g.valid)-1]
	}
}

// systemError turns an error of the file system into one of this package.
func systemError(op, path string, err error) error {
	e := &Error{Op: op, Path: path, Err: err}
	var held *heldError
	switch {
	case errors.As(err, &held):
		e.Kind, e.Err = ErrInUse, nil
		e.Do = "Stop the other one first, or give this one a state folder of its own."
		if held.pid != 0 {
			e.Why = fmt.Sprintf("another greenroomd (pid %d) uses this folder", held.pid)
		}
	case errors.Is(err, fs.ErrNotExist):
		e.Kind, e.Do = ErrMissing, "On a new room, let greenroomd create it. Otherwise bring the folder back from a backup."
	case errors.Is(err, errTooOpen):
		e.Kind, e.Do = ErrTooOpen, "Check who could read it; then run: chmod -R go-rwx "+path
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		e.Kind, e.Do = ErrNoSpace, "Make room on the disk. Nothing was lost; it will be tried again at the next start."
	case errors.Is(err, errNewer):
		e.Kind, e.Do = ErrUnsupported, "Install the newer greenroomd again. The files were left as they are."
	default:
		e.Kind, e.Do = ErrUnreadable, "Check the disk, and that the folder belongs to the user that greenroomd runs as."
	}
	return e
}
