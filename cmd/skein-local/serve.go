package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/skein-dev/skein/internal/localaws"
)

// Limits of the port. A response may take as long as a long poll of 20 s with a minute of latency before it.
const (
	headerBytes   = 64 << 10
	headerTimeout = 10 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 2 * time.Minute
	idleTimeout   = 2 * time.Minute
	stopTimeout   = 5 * time.Second
)

// handler answers the pages of skein-local, which need no signature, and hands all else to the local AWS.
func handler(aws *localaws.Server) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch page := strings.TrimSuffix(r.URL.Path, "/"); {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			aws.ServeHTTP(w, r)
		case page == "/healthz":
			_, _ = io.WriteString(w, "ok\n")
		case page == "/_skein/topology":
			w.Header().Set("Content-Type", "application/json")
			encoder := json.NewEncoder(w)
			encoder.SetEscapeHTML(false)
			encoder.SetIndent("", "  ")
			_ = encoder.Encode(aws.Holdings())
		default:
			aws.ServeHTTP(w, r)
		}
	})
}

// serve answers requests until the context ends. Then those under way finish; the context of those that wait, for
// messages or for a latency, ends too.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, MaxHeaderBytes: headerBytes, BaseContext: func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
	}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		graceful, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		stopped <- server.Shutdown(graceful)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving on %s: %w", listener.Addr(), err)
	}
	if err := <-stopped; err != nil {
		return fmt.Errorf("stopping: %w", err)
	}
	return nil
}
