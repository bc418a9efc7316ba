// Package clients runs integrations as merchants write them, in the languages of the API's public guides, against the
// real binary.
package clients

import (
	"bytes"
	"context"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/test/saldotest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	saldotest.RemoveBinaries()
	os.Exit(code)
}

// fees are what the programs reckon with.
const fees = `,"sandbox":true,"fees":{"cashIn":{"fixed":0.40},"cashOut":{"fixed":0.40},"refundIn":{"fixed":0.40}}`

// patience bounds the run of one program.
const patience = 3 * time.Minute

// TestIntegrationsOfMerchantsRunUnchanged starts one server, and each program with an account of its own.
func TestIntegrationsOfMerchantsRunUnchanged(t *testing.T) {
	p := saldotest.Start(t, saldotest.Place{Dir: t.TempDir()})
	for _, c := range []struct {
		name    string
		command []string
		prepare func(*testing.T) []string // more environment
	}{
		{"Node with axios", []string{"node", "node/client.mjs"}, nil},
		{"Python with requests", []string{"/usr/bin/python3", "python/client.py"}, nil},
		{"PHP with curl", []string{"php", "php/client.php"}, receiver},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := p.NewAccount(t, "100.00", fees)
			certificate, err := url.PathUnescape(a.ClientCert)
			if err != nil {
				t.Fatal(err)
			}
			env := append(os.Environ(), "SALDO_URL="+p.URL, "SALDO_CLIENT_ID="+a.ClientID,
				"SALDO_CLIENT_SECRET="+a.ClientSecret, "SALDO_CLIENT_CERT="+certificate)
			if c.prepare != nil {
				env = append(env, c.prepare(t)...)
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			program := exec.CommandContext(ctx, c.command[0], c.command[1:]...)
			program.Env = env
			out, err := program.CombinedOutput()
			if err != nil || !bytes.HasSuffix(out, []byte("ok\n")) {
				t.Fatalf("%v\n%s", err, out)
			}
		})
	}
}

// receiver starts PHP's own web server, which writes the webhooks that it receives into a file.
func receiver(t *testing.T) []string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	file := filepath.Join(t.TempDir(), "hooks.jsonl")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	server := exec.Command("php", "-S", addr, "php/hooks.php")
	server.Env = append(os.Environ(), "SALDO_HOOKS="+file)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	for ready := time.Now().Add(patience); ; {
		if c, err := net.Dial("tcp", addr); err == nil {
			_ = c.Close()
			return []string{"SALDO_HOOKS=" + file, "SALDO_HOOKS_URL=http://" + addr + "/hooks"}
		}
		if time.Now().After(ready) {
			t.Fatal("php's server does not listen")
		}
	}
}
