package main

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"flag"
	"io"
	"log/slog"
	"strings"
)

// options are what the flags set.
type options struct {
	listen             string
	faults, state      string
	seed               uint64
	level              logLevel
	plainHTTP, version bool
}

// logLevel is a level as the flag takes it.
type logLevel slog.Level

// logLevels are the names of the levels.
var logLevels = map[string]slog.Level{
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *logLevel) UnmarshalText(text []byte) error {
	level, ok := logLevels[strings.ToLower(string(text))]
	if !ok {
		return errors.New("give debug, info, warn or error")
	}
	*l = logLevel(level)
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (l logLevel) MarshalText() ([]byte, error) {
	return []byte(strings.ToLower(slog.Level(l).String())), nil
}

// logger writes to log what the level lets through.
func (o options) logger(log io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.Level(o.level)}))
}

// flags are those that set o; errors are for the caller to tell.
func (o *options) flags() *flag.FlagSet {
	flags := flag.NewFlagSet("skein-local", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.listen, "listen", "127.0.0.1:4566", "`address` to serve on; port 0 takes a free one")
	flags.StringVar(&o.faults, "faults", "", "`file` with the faults that calls meet")
	flags.StringVar(&o.state, "state", "", "`file` that keeps what it holds from one run to the next")
	flags.Uint64Var(&o.seed, "seed", 0, "`number` that ids follow from, for runs that can be repeated; 0 takes a random one")
	flags.TextVar(&o.level, "log-level", logLevel(slog.LevelInfo),
		"`level` of the log, debug, info, warn or error: warn tells of messages that are lost or go to a dead-letter queue,\n"+
			"debug also of those that a filter policy holds back, and of each call")
	flags.BoolVar(&o.plainHTTP, "plain-http", false, "requests count as sent without TLS (aws:SecureTransport is false)")
	flags.BoolVar(&o.version, "version", false, "print the version and exit")
	return flags
}

// randomSeed makes ids that no other run gives.
func randomSeed() uint64 {
	var seed [8]byte
	_, _ = rand.Read(seed[:]) // it never fails
	return binary.NativeEndian.Uint64(seed[:])
}
