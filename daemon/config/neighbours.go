package config

import "slices"

// isNeighbour reports whether a variable belongs to greenroomctl or greenroom-hub. They share the prefix GREENROOM_, and
// may share the environment with greenroomd: one machine can be a room and have the hub. Only these names pass, so that a
// misspelt one of greenroomd's own is still an error.
func isNeighbour(name string) bool { return slices.Contains(neighbours(), name) }

// neighbours are the variables of Greenroom's other programs.
func neighbours() []string {
	return []string{
		"GREENROOM_SOCKET", "GREENROOM_PASSCODE", // greenroomctl
		// greenroom-hub: every single value of its configuration; lists come from its file alone.
		"GREENROOM_HUB_NAME", "GREENROOM_HUB_STATE_DIR",
		"GREENROOM_HUB_LISTEN_ADDRESS", "GREENROOM_HUB_LISTEN_ADDRESS_FILE",
		"GREENROOM_HUB_LISTEN_CONNECTIONS", "GREENROOM_HUB_LISTEN_SHUTDOWN_TIMEOUT",
		"GREENROOM_HUB_TLS_CERTIFICATE", "GREENROOM_HUB_TLS_KEY", "GREENROOM_HUB_TLS_SELF_SIGNED",
		"GREENROOM_HUB_RELAY_URL", "GREENROOM_HUB_RELAY_API_KEY",
		"GREENROOM_HUB_RELAY_API_SECRET", "GREENROOM_HUB_RELAY_API_SECRET_FILE",
		"GREENROOM_HUB_ENCRYPTION_MEETINGS", "GREENROOM_HUB_ENCRYPTION_CALLS",
		"GREENROOM_HUB_GUESTS_ALLOWED", "GREENROOM_HUB_GUESTS_RELAY_URL", "GREENROOM_HUB_GUESTS_PAGE_URL",
		"GREENROOM_HUB_LOG_LEVEL",
	}
}
