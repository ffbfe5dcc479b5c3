package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// The network that a machine and this side share: a tap device in a network namespace of the test's own. Both sides have
// real addresses and real UDP, and nobody else is there.
const (
	MachineHere  = "10.88.0.1"
	MachineThere = "10.88.0.2"
	MachineTap   = "greenroom0"
)

// Machine is a virtual machine with Debian's own kernel, and so with the devices that a container has not: cameras
// (vivid), sound cards (snd-aloop). Its processor is emulated, which is some ten times slower than a real one. It is made
// by .ci/machine; the disk is put back at each start.
//
//	this side, 10.88.0.1                       there, 10.88.0.2
//	LiveKit, hub, a room, Chromium  <--tap-->  agent, a room with its capture processes
//	Room's socket                   <-- 7001 -->  greenroomd's socket
type Machine struct {
	process  *Process
	commands *http.Client
	forward  net.Listener
	forwards sync.WaitGroup
}

// StartMachine starts a machine that has a room's folder and the lab's programs, at the same paths as here, and returns
// when it takes commands. From then on the room's socket here leads to the one there.
func (l *Lab) StartMachine(ctx context.Context, r *Room) (*Machine, error) {
	vm := filepath.Join(l.Root, ".vm")
	if _, err := os.Stat(filepath.Join(vm, "stamp")); err != nil {
		return nil, errors.New("the virtual machine is not made: run .ci/machine first")
	}
	qemu := filepath.Join(vm, "qemu")
	libraries := filepath.Join(qemu, "usr/lib/x86_64-linux-gnu")
	share := func(tag, path, more string) string {
		return "local,path=" + path + ",mount_tag=" + tag + ",security_model=none,multidevs=remap" + more
	}
	p, err := startProcess(l.Dir, "machine", []string{"QEMU_MODULE_DIR=" + filepath.Join(libraries, "qemu")},
		filepath.Join(qemu, "usr/lib64/ld-linux-x86-64.so.2"), "--library-path", libraries, filepath.Join(qemu, "usr/bin/qemu-system-x86_64"),
		"-L", filepath.Join(qemu, "usr/share/qemu"), "-L", filepath.Join(qemu, "usr/share/seabios"),
		"-nodefaults", "-display", "none", "-machine", "q35", "-accel", "tcg,thread=multi,tb-size=1024", "-cpu", "max,la57=off,svm=off",
		"-smp", "2", "-m", "1024", "-no-reboot", "-serial", "stdio",
		"-kernel", filepath.Join(vm, "kernel"), "-initrd", filepath.Join(vm, "first.gz"),
		"-append", "console=ttyS0 quiet panic=-1 net.ifnames=0 systemd.show_status=0 lab.bin="+l.bin+" lab.room="+r.dir,
		"-drive", "file="+filepath.Join(vm, "disk")+",format=raw,if=virtio,snapshot=on",
		"-nic", "tap,ifname="+MachineTap+",script=no,downscript=no,model=virtio-net-pci",
		"-virtfs", share("bin", l.bin, ",readonly=on"), "-virtfs", share("room", r.dir, ",readonly=on"),
	)
	if err != nil {
		return nil, err
	}
	m := &Machine{process: p, commands: &http.Client{}}
	if err := p.poll(ctx, func() bool {
		_, err := m.Run(ctx, "true")
		return err == nil
	}); err != nil {
		p.Kill()
		return nil, err
	}
	if m.forward, err = net.Listen("unix", r.Socket()); err != nil {
		p.Kill()
		return nil, fmt.Errorf("the room's socket on this side: %w", err)
	}
	m.forwards.Go(m.connect)
	r.connect()
	return m, nil
}

// scriptPatience is how long a script may take. Nothing there is fast.
const scriptPatience = 4 * time.Minute

// Run runs a shell script there as root, and returns what it printed. A script that fails is an error with its output.
func (m *Machine) Run(ctx context.Context, script string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, scriptPatience)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+net.JoinHostPort(MachineThere, "7000"), strings.NewReader(script))
	if err != nil {
		return "", err
	}
	answer, err := m.commands.Do(q)
	if err != nil {
		return "", fmt.Errorf("the virtual machine: %w", err)
	}
	defer answer.Body.Close()
	var a struct{ Output, Error string }
	if err := json.NewDecoder(answer.Body).Decode(&a); err != nil {
		return "", fmt.Errorf("the virtual machine: %w", err)
	}
	if a.Error != "" {
		return a.Output, fmt.Errorf("in the virtual machine: %s: %s", a.Error, bytes.TrimSpace([]byte(a.Output)))
	}
	return a.Output, nil
}

// connect leads connections to the room's socket here to the one there.
func (m *Machine) connect() {
	for {
		here, err := m.forward.Accept()
		if err != nil {
			return // stopped
		}
		there, err := net.Dial("tcp", net.JoinHostPort(MachineThere, "7001"))
		if err != nil {
			_ = here.Close()
			continue
		}
		end := sync.OnceFunc(func() { _ = here.Close(); _ = there.Close() })
		pass := func(to io.Writer, from io.Reader) {
			defer end()
			_, _ = io.Copy(to, from)
		}
		m.forwards.Go(func() { pass(there, here) })
		m.forwards.Go(func() { pass(here, there) })
	}
}

// Stop switches the machine off.
func (m *Machine) Stop() {
	_ = m.forward.Close()
	m.process.Kill()
	m.commands.CloseIdleConnections()
	m.forwards.Wait()
}
