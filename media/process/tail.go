package process

import (
	"bytes"
	"regexp"
	"sync"
)

// tailLen is how much of a child's error output is kept.
const tailLen = 4096

// tail keeps the end of what is written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

// Write keeps the last bytes. It always takes everything.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p[max(0, len(p)-tailLen):]...)
	if extra := len(t.buf) - tailLen; extra > 0 {
		t.buf = append(t.buf[:0], t.buf[extra:]...)
	}
	return len(p), nil
}

// lastLine returns the most telling line: the head of a Go panic, or else the last line that is not empty.
func (t *tail) lastLine() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var last []byte
	for line := range bytes.Lines(t.buf) {
		line = bytes.TrimSpace(line)
		if bytes.HasPrefix(line, []byte("panic: ")) {
			last = line
			break
		}
		if len(line) > 0 {
			last = line
		}
	}
	return withoutPasswords(string(last))
}

// withoutPasswords takes the user and the password out of addresses, which programs like to repeat in their errors.
func withoutPasswords(s string) string {
	return regexp.MustCompile(`(://)[^/\s]*@`).ReplaceAllString(s, "${1}…@")
}
