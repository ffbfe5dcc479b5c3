package relaytest

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// configTemplate is LiveKit's configuration, YAML. Its arguments: TCP port, the address to listen on, UDP port, the
// addresses of media (the first, and all), whether what is measured of a way counts, key, secret.
//
//   - tcp_port 0: LiveKit listens for ICE over TCP on every interface, whatever bind_addresses says.
//   - node_ip and ips: only loopback candidates, and with a node_ip that is set, no STUN server is asked.
//   - use_send_side_bwe: the way to each receiver is measured by the transport-wide feedback that they send. (By default
//     LiveKit waits for REMB, which Greenroom does not send.)
//   - departure_timeout: a room that everybody left stays for that many seconds.
const configTemplate = `port: %d
bind_addresses: ["%s"]
rtc:
  tcp_port: 0
  udp_port: %d
  node_ip: %s
  use_external_ip: false
  enable_loopback_candidate: true
  ips:
    includes: [%s]
  congestion_control:
    enabled: %t
    use_send_side_bwe: true
room:
  auto_create: true
  departure_timeout: 20
keys:
  %s: %s
logging:
  level: info
  json: false
`

func (s *Server) configFile() string { return filepath.Join(s.dir, "livekit.yaml") }

func (s *Server) writeConfig() error {
	var includes []string
	for _, a := range s.addresses {
		includes = append(includes, strconv.Quote(a+"/32"))
	}
	text := fmt.Sprintf(configTemplate, s.port, s.bind, s.udpPort, s.addresses[0], strings.Join(includes, ", "), !s.anyLink, s.key, s.secret)
	if err := os.WriteFile(s.configFile(), []byte(text), 0o600); err != nil {
		return fmt.Errorf("write LiveKit's configuration: %w", err)
	}
	return nil
}

// logTail returns the log's path with its last few hundred bytes, for an error message. The log holds no secret.
func (s *Server) logTail() string {
	raw, err := os.ReadFile(s.LogFile())
	if err != nil {
		return s.LogFile()
	}
	return fmt.Sprintf("%s, which ends: %s", s.LogFile(), raw[max(0, len(raw)-400):])
}

// FindBinary returns the path of the livekit-server that `make livekit` builds: .bin/livekit-server in the nearest
// folder at or above the working directory that has a go.mod.
func FindBinary() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find LiveKit: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, ".bin", "livekit-server"), nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("find LiveKit: no go.mod at or above %s; run this inside the repository or name the binary", start)
		}
	}
}

func checkBinary(path string) error {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("LiveKit is not built: %s is missing; run `make livekit` first", path)
	}
	if err != nil {
		return fmt.Errorf("look for LiveKit: %w", err)
	}
	return nil
}

// Free ports are looked for below the range from which the kernel takes outgoing ports (32768 and up), so that
// nobody's outgoing connection sits on them when the server is started again.
const (
	firstPort = 20_000
	portCount = 12_000
)

// FreePort returns a port of 127.0.0.1, tcp or udp, on which nobody listens now, and which no outgoing connection takes
// while whoever listens on it is away for a while.
func FreePort(network string) (int, error) {
	var last error
	for range 64 {
		port := firstPort + rand.IntN(portCount)
		if last = tryPort(network, port); last == nil {
			return port, nil
		}
	}
	return 0, fmt.Errorf("find a free %s port on 127.0.0.1: %w", network, last)
}

func tryPort(network string, port int) error {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	if network == "udp" {
		c, err := net.ListenPacket(network, address)
		if err != nil {
			return err
		}
		return c.Close()
	}
	l, err := net.Listen(network, address)
	if err != nil {
		return err
	}
	return l.Close()
}
