package generations

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Keep is how many valid generations there are at rest.
const Keep = 2

// Why a file is not a generation of this store.
var (
	// ErrDamaged is what a parser returns, wrapped, for bytes that are not what was written.
	ErrDamaged = errors.New("damaged")
	// ErrNewer is what a parser returns, wrapped, for a file of a newer version.
	ErrNewer = errors.New("unknown version")
	// ErrOther: the folder holds the identity of another backend.
	ErrOther = errors.New("the folder holds an identity of another backend")
)

// Record is what one generation holds.
type Record interface {
	// Number returns the record's generation, from 1.
	Number() uint64
	// Marshal returns the file.
	Marshal() []byte
}

// Set is what a scan of the folder found.
type Set[R Record] struct {
	Valid   []R      // newest first
	Damaged []Damage // still under their names
	Aside   []string // names of files that were set aside, now or earlier

	suffix  Suffix
	highest uint64 // the highest generation that a name stands for, set aside or not
}

// Damage is a generation that does not read back.
type Damage struct {
	Name string
	Why  error
}

// Scan reads all generations. A file that the system refuses to give is an error, and so is one of a newer version:
// going on with an older generation would undo what a newer one holds.
func Scan[R Record](d Folder, suffix Suffix, parse func([]byte) (R, error)) (*Set[R], error) {
	names, err := d.Names()
	if err != nil {
		return nil, err
	}
	g := &Set[R]{suffix: suffix}
	// Names of one length with the generation in hexadecimal sort by generation.
	slices.Sort(names)
	slices.Reverse(names)
	for _, name := range names {
		live, _, aside := strings.Cut(name, AsideSuffix)
		if other := suffix.other(); other != "" && other.Holds(name) {
			return nil, fmt.Errorf("%s: %w", name, ErrOther)
		}
		generation, ok := suffix.parse(live)
		if !ok {
			continue
		}
		g.highest = max(g.highest, generation)
		if aside {
			g.Aside = append(g.Aside, name)
			continue
		}
		if err := g.add(d, name, generation, parse); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// add reads one generation.
func (g *Set[R]) add(d Folder, name string, generation uint64, parse func([]byte) (R, error)) error {
	bytes, err := d.Read(name)
	if err != nil {
		return err
	}
	r, err := parse(bytes)
	if err == nil && r.Number() != generation {
		err = fmt.Errorf("%w: it holds generation %d under another one's name", ErrDamaged, r.Number())
	}
	switch {
	case errors.Is(err, ErrDamaged):
		g.Damaged = append(g.Damaged, Damage{name, err})
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", name, err)
	}
	g.Valid = append(g.Valid, r)
	return nil
}

// Highest returns the highest generation that a name stands for, in use, damaged or set aside; 0: none.
func (g *Set[R]) Highest() uint64 { return g.highest }

// Condemn counts the newest valid generation among the damaged ones: it reads back, but what it holds is of no use.
func (g *Set[R]) Condemn(why error) {
	g.Damaged = append(g.Damaged, Damage{g.suffix.Name(g.Valid[0].Number()), fmt.Errorf("%w: %w", ErrDamaged, why)})
	g.Valid = g.Valid[1:]
}

// Quarantine renames the damaged files, so that they are neither read again nor lost. It returns a sentence for each;
// where the renaming fails (a read-only disk), the sentence says so and the file stays as it is.
func (g *Set[R]) Quarantine(d Folder) []string {
	notices := make([]string, 0, len(g.Damaged))
	for _, bad := range g.Damaged {
		to := g.asideName(bad.Name)
		if err := d.Rename(bad.Name, to); err != nil {
			notices = append(notices, fmt.Sprintf("%s is %v; it could not be set aside: %v", bad.Name, bad.Why, err))
			continue
		}
		g.Aside = append(g.Aside, to)
		notices = append(notices, fmt.Sprintf("%s is %v; it was set aside as %s", bad.Name, bad.Why, to))
	}
	g.Damaged = nil
	return notices
}

// asideName returns a name that is not taken.
func (g *Set[R]) asideName(name string) string {
	to := name + AsideSuffix
	for n := 2; slices.Contains(g.Aside, to); n++ {
		to = name + AsideSuffix + "-" + strconv.Itoa(n)
	}
	return to
}

// Write makes a record the newest generation: after it returns nil the record lasts, and until then the generations
// before it are untouched. It calls make with the number that the record must have.
func (g *Set[R]) Write(d Folder, make func(number uint64) (R, error)) error {
	r, err := make(g.highest + 1)
	if err != nil {
		return err
	}
	temp := g.suffix.Temp()
	err = writeTemp(d, temp, r.Marshal())
	if err == nil {
		err = d.Rename(temp, g.suffix.Name(r.Number()))
	}
	if err != nil {
		_ = d.Remove(temp) // give a full disk its space back; the next write would overwrite it anyway
		return err
	}
	if err := d.Sync(); err != nil {
		return err
	}
	g.highest = r.Number()
	g.Valid = slices.Insert(g.Valid, 0, r)
	g.prune(d)
	return nil
}

// writeTemp writes the temporary file and waits until it is on the disk.
func writeTemp(d Folder, name string, bytes []byte) error {
	f, err := d.Create(name)
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
func (g *Set[R]) prune(d Folder) {
	for len(g.Valid) > Keep {
		last := g.Valid[len(g.Valid)-1]
		_ = d.Remove(g.suffix.Name(last.Number()))
		g.Valid = g.Valid[:len(g.Valid)-1]
	}
}
