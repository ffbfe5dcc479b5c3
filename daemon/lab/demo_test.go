package lab

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestDemoStops: Ctrl-C ends the demo, everything that it started, and nothing else. A terminal sends it to the whole group
// of processes in front.
func TestDemoStops(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	root := must[string](t)(findRoot())
	cmd := exec.CommandContext(ctx, filepath.Join(root, ".bin", "greenroom-demo"), "--dir", t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stderr = os.Stderr
	out := must[io.ReadCloser](t)(cmd.StdoutPipe())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // gone already, if all went well
	var said strings.Builder
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "Press Ctrl-C") {
		said.WriteString(lines.Text() + "\n")
	}
	for _, want := range []string{"Aspen  screen  http://127.0.0.1:", "Birch  screen  http://127.0.0.1:", "panel   http", "Guest  https://127.0.0.1:", "Security code", "passcode"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("it does not print %q:\n%s", want, said.String())
		}
	}
	started := must[[]int](t)(descendants(cmd.Process.Pid))
	if len(started) < 12 { // LiveKit, hub, two rooms, and for each of their devices a capture program with its command
		t.Errorf("the demo runs %d programs", len(started))
	}
	bystander := must[*Process](t)(startProcess(t.TempDir(), "bystander", nil, "ffmpeg", "-nostdin", "-re", "-f", "lavfi", "-i", "anullsrc", "-f", "null", "-"))
	t.Cleanup(bystander.Kill)
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		said.WriteString(lines.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if err := poll(ctx, bystander.Done(), func() bool { return len(alive(started)) == 0 }); err != nil {
		t.Errorf("%v; of what the demo started %v goes on", err, alive(started))
	}
	select {
	case <-bystander.Done():
		t.Error("somebody else's program has ended, too")
	default:
	}
}

// alive returns those of the processes that have not ended.
func alive(pids []int) []int {
	return slices.DeleteFunc(slices.Clone(pids), func(pid int) bool {
		line, _ := os.ReadFile(filepath.Join("/proc", itoa(pid), "cmdline"))
		return len(line) == 0 // gone, or a zombie
	})
}
