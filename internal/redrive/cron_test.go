package redrive_test

import (
	"testing"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/redrive"
)

func TestParseSchedule(t *testing.T) {
	for _, c := range []struct {
		schedule, zone string
		ok             bool
	}{
		{"0 23 * * 0-4", "Asia/Jerusalem", true},
		{"*/5 * * * *", "", true},
		{"0 25 * * *", "", false},
		{"0 23 * * *", "Asia/Atlantis", false},
		{"0 23 * * *", "Local", false},
	} {
		_, location, err := redrive.Parse(v1alpha1.RedriveSchedule{Schedule: c.schedule, TimeZone: c.zone})
		if (err == nil) != c.ok {
			t.Errorf("%q in %q: %v", c.schedule, c.zone, err)
		}
		if c.ok && c.zone == "" && location != time.UTC {
			t.Errorf("%q without a zone is in %v", c.schedule, location)
		}
	}
}
