package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the linker: -ldflags '-X main.version=v1.2.3'.
var version = "dev"

// versionCmd is saldo version.
type versionCmd struct{}

// Run prints what this program was built from.
func (versionCmd) Run(m *machine) error {
	_, err := fmt.Fprintf(m.stdout, "saldo %s%s, %s %s/%s\n",
		version, commit(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// commit is the commit that the program was built from, as far as the build
// tells.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	settings := make(map[string]string)
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	revision := settings["vcs.revision"]
	if revision == "" {
		return ""
	}
	if settings["vcs.modified"] == "true" {
		revision += ", changed since"
	}
	return fmt.Sprintf(" (commit %s)", revision)
}
