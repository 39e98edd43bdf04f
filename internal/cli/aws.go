package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/cloud"
)

// awsFlags say as whom, and where, AWS is reached. The rest is as for every program of AWS's: environment, configuration files, single sign-on.
type awsFlags struct {
	profile, endpoint string
}

func (f *awsFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.profile, "profile", "", "profile of your AWS configuration files; without it AWS_PROFILE and the other ways of the AWS SDKs count")
	c.Flags().StringVar(&f.endpoint, "endpoint-url", "", "where AWS is reached; without it where the AWSAccount says, else at AWS's own endpoints")
}

// amazon is AWS as the user, in the account and region of an object.
type amazon struct {
	*cloud.Client
	account v1alpha1.AccountStatus
	// hint says what may be behind a call that fails; empty where nothing is known.
	hint string
}

// amazon opens AWS with the user's own credentials. It asks AWS whose they are, and nothing else; those of another account are refused.
func (s *session) amazon(ctx context.Context, c *cluster, object client.Object, account v1alpha1.AccountStatus, f awsFlags) (*amazon, error) {
	id, hint, err := s.whereabouts(ctx, c, account, f)
	if err != nil {
		return nil, err
	}
	accounts := cloud.NewAccounts(cloud.Options{Rates: cloud.Unlimited(), TokenCode: s.tokenCode})
	opened, err := accounts.Client(ctx, id)
	if err != nil {
		return nil, explainAWS(err, &amazon{account: account, hint: hint}, cloud.QueueRef{}, "")
	}
	if caller := opened.Caller(); caller.AccountID != account.AccountID {
		return nil, &problem{
			what: fmt.Sprintf("your AWS credentials are %s of account %s, and %s lives in account %s, %s; nothing was looked at",
				caller.ARN, caller.AccountID, title(queueKind, object), account.AccountID, account.Region),
			remedy: join(fmt.Sprintf("Use credentials of account %s: %s.", account.AccountID, s.suitable(account.AccountID)), hint),
		}
	}
	return &amazon{Client: opened, account: account, hint: hint}, nil
}

// whereabouts is where AWS is reached: by the flag, else as the AWSAccount says if the user may read it, else as the environment or AWS says.
func (s *session) whereabouts(ctx context.Context, c *cluster, account v1alpha1.AccountStatus, f awsFlags) (id cloud.Identity, hint string, err error) {
	id = cloud.Identity{Region: account.Region, Profile: f.profile, Endpoint: f.endpoint}
	if f.endpoint != "" {
		return id, "", nil
	}
	object := &v1alpha1.AWSAccount{}
	switch err := c.Get(ctx, client.ObjectKey{Name: account.Name}, object); {
	case apierrors.IsForbidden(err):
		return id, fmt.Sprintf("AWS was reached where your environment says, or else at its own endpoints, as you may not read AWSAccount %s, which may name another: --endpoint-url does.", account.Name), nil
	case apierrors.IsNotFound(err):
		return id, fmt.Sprintf("AWS was reached where your environment says, or else at its own endpoints, as there is no AWSAccount %s that could name another: --endpoint-url does.", account.Name), nil
	case err != nil:
		return id, "", fmt.Errorf("reading AWSAccount %s: %w", account.Name, err)
	}
	id.Endpoint = object.Spec.Endpoint
	if e := object.Spec.Endpoints; e != nil {
		id.SQSEndpoint, id.STSEndpoint = e.SQS, e.STS
	}
	if id.Endpoint+id.SQSEndpoint+id.STSEndpoint != "" {
		hint = fmt.Sprintf("AWS was reached at the endpoint of AWSAccount %s, which may be one for the operator alone: --endpoint-url names another.", account.Name)
	}
	return id, hint, nil
}

// tokenCode asks for the code of an MFA device.
func (s *session) tokenCode() (string, error) {
	fmt.Fprint(s.ErrOut, "Code of your MFA device: ")
	line, err := bufio.NewReader(s.In).ReadString('\n')
	if line = strings.TrimSpace(line); line != "" {
		return line, nil
	}
	return "", fmt.Errorf("reading the code of the MFA device: %w", err)
}

// suitable says how to come by credentials of an account, with the profiles that are of it.
func (*session) suitable(accountID string) string {
	if profiles := profilesOf(accountID, os.Getenv, os.ReadFile); len(profiles) > 0 {
		return fmt.Sprintf("--profile %s", list("or", profiles...))
	}
	return "a profile of that account (--profile or AWS_PROFILE), or a role that you assume there"
}

// join makes one text of sentences, some of which may be empty.
func join(sentences ...string) string {
	var out []string
	for _, sentence := range sentences {
		if sentence != "" {
			out = append(out, sentence)
		}
	}
	return strings.Join(out, " ")
}
