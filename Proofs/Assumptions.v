(* Prints what each theorem rests on. The check wants one line for each of them:
   "Closed under the global context". *)

From QuStream Require Import Interpolation Shamir Decoding TwoLevel.

Print Assumptions interpolation_unique.
Print Assumptions combine_correct.
Print Assumptions shamir_count.
Print Assumptions shamir_secrecy.
Print Assumptions unique_decoding.
Print Assumptions unique_decoding_shares.
Print Assumptions recover_correct.
Print Assumptions community_and_few_operators.
Print Assumptions operators_and_few_community.
