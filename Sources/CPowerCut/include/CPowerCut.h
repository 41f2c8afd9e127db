/* Nothing to call: the library TidemarkPowerCut is preloaded into a server (LD_PRELOAD) and told in its environment what to record.
   See shim.c. */
