package testaws

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/skein-dev/skein/internal/steady"
)

// Where these are set, the emulators at these endpoints are used and none is
// started: so one moto and one fauxqs serve a whole run of several packages.
const (
	MotoEndpointEnv   = "SKEIN_MOTO_ENDPOINT"
	FauxqsEndpointEnv = "SKEIN_FAUXQS_ENDPOINT"
)

// Emulators are one running moto and one running fauxqs.
type Emulators struct {
	Moto, Fauxqs Backend

	children []*child
}

var started = sync.OnceValues(func() (*Emulators, error) { return Start(context.Background()) })

// Shared returns the emulators of this test process, started at the first call.
// They end with the process, also when it panics or is killed. A test fails,
// and is not skipped, where they are not to be had.
func Shared(t testing.TB) *Emulators {
	t.Helper()
	emulators, err := started()
	if err != nil {
		t.Fatal(err)
	}
	return emulators
}

// Start starts the emulators, installing them first where that was not done yet,
// and returns once each has answered a request. The caller must call Stop.
func Start(ctx context.Context) (*Emulators, error) {
	e := &Emulators{}
	if err := e.start(ctx); err != nil {
		e.Stop()
		return nil, err
	}
	return e, nil
}

func (e *Emulators) start(ctx context.Context) error {
	moto, fauxqs := os.Getenv(MotoEndpointEnv), os.Getenv(FauxqsEndpointEnv)
	if moto == "" || fauxqs == "" {
		paths, err := setUp()
		if err != nil {
			return err
		}
		if moto == "" {
			if moto, err = e.launch("moto", paths["MOTO_PYTHON"], paths["MOTO"]); err != nil {
				return err
			}
		}
		if fauxqs == "" {
			if fauxqs, err = e.launch("fauxqs", paths["NODE"], paths["FAUXQS"]); err != nil {
				return err
			}
		}
	}
	var err error
	if e.Moto, err = connect(ctx, "moto", moto); err != nil {
		return err
	}
	e.Fauxqs, err = connect(ctx, "fauxqs", fauxqs)
	return err
}

// Stop ends the emulators that Start started.
func (e *Emulators) Stop() {
	for _, c := range e.children {
		c.stop()
	}
	e.children = nil
}

func (e *Emulators) launch(name, program, script string) (string, error) {
	c, endpoint, err := startChild(name, program, script)
	if err != nil {
		return "", err
	}
	e.children = append(e.children, c)
	return endpoint, nil
}

// connect asks the backend who is calling: that it answers, and its account.
func connect(ctx context.Context, name, endpoint string) (Backend, error) {
	b := Backend{
		Name: name, Endpoint: endpoint, Region: Region, Credentials: anyone(),
		HTTPClient: steady.Client{Doer: &http.Client{
			Timeout:   time.Minute,
			Transport: &http.Transport{MaxIdleConnsPerHost: 32, IdleConnTimeout: 30 * time.Second},
		}},
	}
	who, err := b.STS().GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return Backend{}, fmt.Errorf("asking %s at %s for its account: %w", name, endpoint, err)
	}
	b.AccountID = aws.ToString(who.Account)
	return b, nil
}
