package cloud

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"golang.org/x/sync/errgroup"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// keepUnread is how long a key that could not be read is not tried again, for all objects that ask for it.
const keepUnread = time.Minute

// noKMS is why keys of an emulator without KMS are not known.
const noKMS = "the endpoint has no KMS"

// keyPolicyName is the name of the only policy that a key has, see
// https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html.
const keyPolicyName = "default"

func keepKey(k topology.Key) time.Duration {
	if k.Unread != "" && k.Unread != noKMS {
		return keepUnread
	}
	return 0
}

// Keys reads KMS keys by the ARN of key or alias, in two calls at most for each, once for all objects. Reads that began before since are
// made anew. It does not fail: what could not be read says so. Keys of other accounts are left out, for their policies can be read in their
// own account only (https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html).
func (c *Client) Keys(ctx context.Context, keyARNs []string, since time.Time) map[string]topology.Key {
	var mu sync.Mutex
	out := make(map[string]topology.Key, len(keyARNs))
	var g errgroup.Group
	g.SetLimit(sideBySide)
	for _, keyARN := range keyARNs {
		a, err := arn.Parse(keyARN)
		if err != nil || a.AccountID != c.caller.AccountID {
			continue
		}
		g.Go(func() error {
			k, _, err := c.keys.get(ctx, keyARN, since, func(ctx context.Context) (topology.Key, error) {
				return c.in(a.Region).key(ctx, keyARN), ctx.Err()
			})
			if err != nil {
				k = topology.Key{Unread: "the look was called off"}
			}
			mu.Lock()
			defer mu.Unlock()
			out[keyARN] = k
			return nil
		})
	}
	_ = g.Wait() // no read fails
	return out
}

// key asks for a key and, where that can be changed, for its policy.
func (s *services) key(ctx context.Context, keyARN string) topology.Key {
	const operation = "kms:DescribeKey"
	out, err := call(ctx, operation, keyARN, s.kms.DescribeKey, &kms.DescribeKeyInput{KeyId: &keyARN})
	switch {
	case isAbsent(err):
		return topology.Key{Missing: true}
	case err != nil:
		return s.unreadKey(topology.Key{}, operation, err)
	case out.KeyMetadata == nil:
		return topology.Key{Unread: operation + " describes no key"}
	}
	m := out.KeyMetadata
	k := topology.Key{
		ARN: aws.ToString(m.Arn), AWSManaged: m.KeyManager == types.KeyManagerTypeAws, State: string(m.KeyState), Spec: string(m.KeySpec),
	}
	if k.AWSManaged {
		return k
	}
	return s.keyPolicy(ctx, k)
}

func (s *services) keyPolicy(ctx context.Context, k topology.Key) topology.Key {
	const operation = "kms:GetKeyPolicy"
	out, err := call(ctx, operation, k.ARN, s.kms.GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: &k.ARN, PolicyName: aws.String(keyPolicyName)})
	if err != nil {
		return s.unreadKey(k, operation, err)
	}
	if k.Policy, err = policydoc.Parse(aws.ToString(out.Policy)); err != nil {
		k.Unread = "its policy is none that can be read"
	}
	return k
}

// unreadKey notes why a key or its policy could not be read, in words that are the same at every look.
func (s *services) unreadKey(k topology.Key, operation string, err error) topology.Key {
	f := fault.As(err)
	switch {
	case isDenied(err):
		k.Denied = operation
	case isUnsupported(err) && s.elsewhereKMS:
		k.Unread = noKMS
	default:
		k.Unread = operation + " ends in " + cmp.Or(f.Code, f.Reason, v1alpha1.ReasonAWSError)
	}
	return k
}
