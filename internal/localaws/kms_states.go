package localaws

import "time"

func (s *Server) enableKey(rq *request, in *keyRef) (*nothing, error) {
	return s.switchKey(rq, in.KeyID, false)
}

func (s *Server) disableKey(rq *request, in *keyRef) (*nothing, error) {
	return s.switchKey(rq, in.KeyID, true)
}

func (s *Server) switchKey(rq *request, ref string, disabled bool) (*nothing, error) {
	k, err := s.settledKey(rq, ref)
	if err != nil {
		return nil, err
	}
	next := k.clone()
	next.disabled = disabled
	s.kmsKeys.put(next.arn, next)
	return &nothing{}, nil
}

type scheduleKeyDeletionInput struct {
	keyRef
	// PendingWindowInDays is from 7 to 30, and 30 when it is not given.
	PendingWindowInDays int
}

type scheduleKeyDeletionOutput struct {
	KeyID               string `json:"KeyId"`
	DeletionDate        int64
	KeyState            string
	PendingWindowInDays int
}

// scheduleKeyDeletion: https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html.
func (s *Server) scheduleKeyDeletion(rq *request, in *scheduleKeyDeletionInput) (*scheduleKeyDeletionOutput, error) {
	k, err := s.settledKey(rq, in.KeyID)
	if err != nil {
		return nil, err
	}
	days := in.PendingWindowInDays
	if days == 0 {
		days = 30
	}
	if days < 7 || days > 30 {
		return nil, kmsError("ValidationException",
			"1 validation error detected: Value '%d' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value between 7 and 30", days)
	}
	next := k.clone()
	next.deletion = rq.now.Add(time.Duration(days) * 24 * time.Hour)
	s.kmsKeys.put(next.arn, next)
	return &scheduleKeyDeletionOutput{
		KeyID: next.arn, DeletionDate: next.deletion.Unix(), KeyState: next.state(), PendingWindowInDays: days,
	}, nil
}

type keyIDOutput struct {
	KeyID string `json:"KeyId"`
}

// cancelKeyDeletion leaves the key disabled, see
// https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html.
func (s *Server) cancelKeyDeletion(rq *request, in *keyRef) (*keyIDOutput, error) {
	k, err := s.key(rq, in.KeyID)
	if err != nil {
		return nil, err
	}
	if k.state() != "PendingDeletion" {
		return nil, kmsError("KMSInvalidStateException", "%s is not pending deletion.", k.arn)
	}
	next := k.clone()
	next.deletion, next.disabled = time.Time{}, true
	s.kmsKeys.put(next.arn, next)
	return &keyIDOutput{KeyID: next.arn}, nil
}
