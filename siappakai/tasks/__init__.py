"""Work that is on no instance: releases looked for, built, sent to servers, images pruned."""
