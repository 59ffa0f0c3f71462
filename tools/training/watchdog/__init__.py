"""What looks at a training and acts: at the loss of every step, and at real answers between passes."""
