package generations

import "strings"

// Holds says whose identities a folder holds, set aside or not. It opens nothing.
func Holds(d Folder) (map[Suffix]bool, error) {
	names, err := d.Names()
	if err != nil {
		return nil, err
	}
	found := make(map[Suffix]bool)
	for _, name := range names {
		live, _, _ := strings.Cut(name, AsideSuffix)
		for _, suffix := range []Suffix{KeyFile, TPMFile} {
			if _, ok := suffix.parse(live); ok {
				found[suffix] = true
			}
		}
	}
	return found, nil
}
