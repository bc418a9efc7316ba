package saldotest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// OperatorToken is the operator's token of every node of StartServe. It and the
// secret of tokens are one for all nodes, as they must be.
const OperatorToken = "operator-token-of-tests-and-nothing-else"

const tokenSecret = "token-secret-of-tests-and-of-nothing-else-at-all"

// served is the configuration of StartServe; its rail settles nothing by itself.
const served = `
addr: 127.0.0.1:0
operator_addr: 127.0.0.1:0
certificate_proxies: [127.0.0.0/8]
rail: http
ispb: "99999003"
log_format: json
brands:
  - {id: avista, name: Avista, hosts: [api.avista.global]}
`

// StartServe runs `saldo serve`, without the race detector, on a store with more
// arguments, and waits until it serves. Nodes side by side number themselves.
// The process is killed at the end of the test.
func StartServe(t testing.TB, store string, args ...string) *Process {
	t.Helper()
	file := filepath.Join(t.TempDir(), "saldo.yaml")
	Configure(t, file, served)
	return startServe(t, []string{"SALDO_TOKEN_SECRET=" + tokenSecret},
		append([]string{"--config", file, "--store", store}, args...))
}

// StartConfigured is StartServe with a configuration file of the test's own, which
// Configure wrote. The operator's token is OperatorToken.
func StartConfigured(t testing.TB, file, store string, args ...string) *Process {
	t.Helper()
	return startServe(t, nil, append([]string{"--config", file, "--store", store}, args...))
}

// Configure writes a configuration file, or writes it anew.
func Configure(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Hangup sends SIGHUP and returns the line of the log that tells what became of the
// keys of tokens.
func (p *Process) Hangup(t testing.TB) string {
	t.Helper()
	from := len(p.stderr.String())
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	line := p.stderr.await(from, `"what":"token keys"`, readyPatience)
	if line == "" {
		t.Fatalf("keys not read again\n%s", p.stderr)
	}
	return line
}

func startServe(t testing.TB, env, args []string) *Process {
	t.Helper()
	p := &Process{
		cmd:    exec.Command(Binary(t, false), append([]string{"serve"}, args...)...),
		stderr: newRecord(), exited: make(chan error, 1),
	}
	p.OperatorToken = OperatorToken
	p.cmd.Env = append(append(os.Environ(), "SALDO_OPERATOR_TOKEN="+OperatorToken), env...)
	log, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	if err := p.awaitServing(log); err != nil {
		t.Fatal(err)
	}
	p.Started = time.Since(begin)
	p.t = t
	p.describe()
	return p
}

// awaitServing reads the log up to the line that tells where the process
// serves, and keeps the rest.
func (p *Process) awaitServing(log io.Reader) error {
	where := make(chan Ready, 1)
	go func() {
		lines := bufio.NewReader(log)
		for {
			line, err := lines.ReadString('\n')
			_, _ = p.stderr.Write([]byte(line))
			var ready Ready
			if strings.Contains(line, `"msg":"serving"`) && json.Unmarshal([]byte(line), &ready) == nil {
				where <- ready
			}
			if err != nil {
				break
			}
		}
		p.exited <- p.cmd.Wait()
	}()
	select {
	case ready := <-where:
		p.URL, p.OperatorURL = ready.URL, ready.OperatorURL
		return nil
	case err := <-p.exited:
		p.exited <- err
		return fmt.Errorf("saldo serve ended: %w\n%s", err, p.stderr)
	case <-time.After(readyPatience):
		p.Kill()
		return fmt.Errorf("not serving after %s\n%s", readyPatience, p.stderr)
	}
}
