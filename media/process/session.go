package process

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// killSession kills every process of the session that pid leads or led: a child may have started others, in process
// groups of their own.
func killSession(pid int) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return
	}
	for _, e := range entries {
		other, err := strconv.Atoi(e.Name())
		if err != nil || other == pid {
			continue
		}
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err == nil && sessionOf(string(stat)) == pid {
			_ = unix.Kill(other, unix.SIGKILL)
		}
	}
}

// sessionOf returns the session in a line of /proc/N/stat: the fourth field after the program's name, which stands in
// parentheses and may itself hold spaces and parentheses. It returns -1 for another line.
func sessionOf(stat string) int {
	_, rest, ok := cutLast(stat, ") ")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 4 {
		return -1
	}
	session, err := strconv.Atoi(fields[3])
	if err != nil {
		return -1
	}
	return session
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
