// Package redrive decides what a Redrive, and a schedule of them, does next: pure functions.
package redrive

import (
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Parse reads a schedule in its time zone. The error names the field.
func Parse(s v1alpha1.RedriveSchedule) (cron.Schedule, *time.Location, error) {
	location := time.UTC
	if s.TimeZone != "" {
		var err error
		if location, err = time.LoadLocation(s.TimeZone); err != nil || s.TimeZone == "Local" {
			return nil, nil, fmt.Errorf("deadLetter.redrive.timeZone %q is not in the IANA data base: use a name such as Asia/Jerusalem or UTC", s.TimeZone)
		}
	}
	schedule, err := cron.ParseStandard(s.Schedule)
	if err != nil {
		return nil, nil, fmt.Errorf("reading deadLetter.redrive.schedule %q: %w", s.Schedule, err)
	}
	return schedule, location, nil
}
