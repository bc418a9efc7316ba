// Package saldotest starts the real binary and speaks to it as merchants and
// the operator do, for tests.
package saldotest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Ready is the line that `saldo dev --json` prints.
type Ready struct {
	URL           string `json:"url"`
	OperatorURL   string `json:"operatorUrl"`
	DashboardURL  string `json:"dashboardUrl"`
	AccountID     string `json:"accountId"`
	ClientID      string `json:"clientId"`
	ClientSecret  string `json:"clientSecret"`
	ClientCert    string `json:"clientCert"`
	Token         string `json:"token"`
	OperatorToken string `json:"operatorToken"`
}

// builds are the binaries made for the tests of a package: one with the race
// detector, and one without for what must be fast.
var builds struct {
	sync.Mutex
	dir string
	of  map[bool]string // by whether it carries the race detector
}

// Binary returns the path of the binary, made once, with the race detector or
// without.
func Binary(t testing.TB, race bool) string {
	t.Helper()
	builds.Lock()
	defer builds.Unlock()
	if binary, ok := builds.of[race]; ok {
		return binary
	}
	if builds.of == nil {
		dir, err := os.MkdirTemp("", "saldo-test-*")
		if err != nil {
			t.Fatal(err)
		}
		builds.dir, builds.of = dir, make(map[bool]string)
	}
	binary := filepath.Join(builds.dir, fmt.Sprintf("saldo-race-%v", race))
	args := []string{"build", fmt.Sprintf("-race=%v", race), "-o", binary, "github.com/saldo-pix/saldo/cmd/saldo"}
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	builds.of[race] = binary
	return binary
}

// RemoveBinaries is for TestMain, after the tests.
func RemoveBinaries() {
	builds.Lock()
	defer builds.Unlock()
	if builds.dir != "" {
		_ = os.RemoveAll(builds.dir)
	}
}

// Process is one running saldo.
type Process struct {
	Ready
	// Started is how long it took from the start to the ready line.
	Started time.Duration

	t      testing.TB
	cmd    *exec.Cmd
	stderr *record
	exited chan error
}

// readyPatience bounds the wait for the ready line.
const readyPatience = time.Minute

// Place is where a process keeps what it keeps.
type Place struct {
	Dir string // a folder of its own
	URL string // of the books, if they are not in the folder
}

// store are the arguments that name the books.
func (p Place) store() []string {
	if p.URL != "" {
		return []string{"--store", p.URL}
	}
	return []string{"--data", p.Dir}
}

// Start runs `saldo dev --json` at a place with more arguments, and waits until
// it is ready. The process is killed at the end of the test.
func Start(t testing.TB, at Place, args ...string) *Process {
	t.Helper()
	return startOrFail(t, true, at, args)
}

// StartFast is Start without the race detector.
func StartFast(t testing.TB, at Place, args ...string) *Process {
	t.Helper()
	return startOrFail(t, false, at, args)
}

// Verify runs `saldo verify` on the books of a stopped process.
func Verify(t testing.TB, at Place) {
	t.Helper()
	if out, err := Run(t, append([]string{"verify"}, at.store()...)...); err != nil {
		t.Fatalf("verify: %v\n%s", err, out)
	}
}

func startOrFail(t testing.TB, race bool, at Place, args []string) *Process {
	t.Helper()
	p, err := start(Binary(t, race), at, args)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	p.t = t
	p.describe()
	return p
}

func start(binary string, at Place, args []string) (*Process, error) {
	args = append(at.store(), args...)
	args = append([]string{"dev", "--json", "--addr", "127.0.0.1:0", "--operator-addr", "127.0.0.1:0"}, args...)
	p := &Process{cmd: exec.Command(binary, args...), stderr: newRecord(), exited: make(chan error, 1)}
	p.cmd.Env = append(os.Environ(), "GORACE=halt_on_error=1")
	p.cmd.Dir = at.Dir
	p.cmd.Stderr = p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line := make(chan []byte, 1)
	go func() {
		first, _ := bufio.NewReader(stdout).ReadBytes('\n')
		line <- first
		p.exited <- p.cmd.Wait()
	}()
	select {
	case first := <-line:
		p.Started = time.Since(begin)
		if err := json.Unmarshal(first, &p.Ready); err != nil {
			p.Kill()
			return nil, fmt.Errorf("ready line %q: %w\n%s", first, err, p.stderr)
		}
		return p, nil
	case <-time.After(readyPatience):
		p.Kill()
		return nil, fmt.Errorf("not ready after %s\n%s", readyPatience, p.stderr)
	}
}

// Kill ends the process at once, as kill -9 does, and waits for its end.
func (p *Process) Kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	p.exited <- <-p.exited
}

// Stop asks the process to end in order and returns how it ended.
func (p *Process) Stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	err := <-p.exited
	p.exited <- err
	return err
}

// Stderr returns what the process logged so far.
func (p *Process) Stderr() string { return p.stderr.String() }

// Run runs another command of the binary to its end.
func Run(t testing.TB, args ...string) (stdout string, err error) {
	t.Helper()
	out, err := exec.Command(Binary(t, false), args...).Output()
	var exit *exec.ExitError
	if err != nil && asExit(err, &exit) {
		return string(out), fmt.Errorf("saldo %v: %w\n%s", args, err, exit.Stderr)
	}
	return string(out), err
}

func asExit(err error, target **exec.ExitError) bool {
	exit, ok := err.(*exec.ExitError)
	*target = exit
	return ok
}
