(* What each main theorem rests on: nothing beyond the logic itself. *)

From QuStream Require Import Interpolation Shamir TwoLevel Decoding.

Print Assumptions interpolation_unique.
Print Assumptions combine_correct.
Print Assumptions shamir_count.
Print Assumptions shamir_secrecy.
Print Assumptions recover_correct.
Print Assumptions community_and_few_operators.
Print Assumptions operators_and_few_community.
Print Assumptions unique_decoding.
Print Assumptions unique_decoding_shares.
