// Package config is greenroomd's configuration: one typed struct, filled from a YAML file and the environment, and
// checked as a whole before anything starts.
//
// Later ones win: the default, the file, the environment variable. A key room.name is GREENROOM_ROOM_NAME in the
// environment. Secrets are not in it: keystore.credential and the like are the names of systemd credentials, so a Config
// may be logged.
//
// A key that is not known is an error that names the file, the line and the nearest known key; so is a variable that
// begins with GREENROOM_ and is none, unless greenroomctl or greenroom-hub reads it. Silence about a misspelt key would be a room that does something else than its
// owner believes. All mistakes are reported at once.
//
// table.go has every key with its type, default, unit and meaning. REFERENCE.md and the example file are generated from
// it, and tests hold them equal: UPDATE_REFERENCE=1 go test ./daemon/config writes them again.
package config
