package dev.rwkvx.evaluation.needle;

import dev.rwkvx.training.tasks.Split;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;

/** Names of two plain English words, such as {@code quiet-harbor}. */
final class Names {
  private static final List<String> ADJECTIVES =
      List.of(
          ("able aged amber ample ancient arctic autumn bare bold brave brief bright broad bronze"
                  + " busy calm careful casual cheap clean clear clever cloudy coastal cold common"
                  + " cool copper cosy crisp curious daily damp dark dear deep dense distant double"
                  + " dry dusty eager early easy elegant empty even exact fair faint famous fast"
                  + " fine firm flat fond formal frank free fresh frosty full gentle giant glad"
                  + " golden good grand grave great green grey happy hard harsh hasty heavy hidden"
                  + " high hollow honest humble hungry idle inner jolly keen kind large late lazy"
                  + " light lively lonely long loud lucky lunar mellow mild modern modest muddy"
                  + " narrow neat new noble north odd old open orange pale plain polite poor proud"
                  + " purple quick quiet rapid rare ready rich rough round royal rural sad salty"
                  + " scarlet secret sharp short shy silent silver simple slim slow small smooth"
                  + " soft solar solid sour south stable steady steep stiff still strange strict"
                  + " strong sudden sunny sweet swift tall tame tender thick thin tidy tiny tired"
                  + " tough urban vague vast violet vital warm weak wealthy west wet white whole"
                  + " wide wild windy wise wooden yellow young")
              .split(" ", -1));

  private static final List<String> NOUNS =
      List.of(
          ("acorn anchor apple arrow atlas badge bakery ballad banner barley barrel basin basket"
               + " beacon beaver bell bench berry blanket boat border bottle boulder branch bread"
               + " breeze brick bridge brook brush bucket button cabin cable camel camera canal"
               + " candle canvas canyon carpet castle cattle cedar cellar chapel cherry chimney"
               + " circle clay cliff clock cloud clover coast coffee comet compass copper coral"
               + " cotton cousin cradle crane creek cricket crown crystal curtain daisy desert"
               + " diamond dolphin donkey dragon drum eagle echo elbow ember engine fabric falcon"
               + " farmer feather fence ferry fiddle field finger flame flute forest fossil"
               + " fountain fox frog garden garlic ginger glacier glove goose grain granite grape"
               + " hammer harbor harvest hazel hedge helmet herald hill honey horizon hornet island"
               + " ivory jacket jungle kettle kitten ladder lagoon lake lantern lemon leopard"
               + " letter lighthouse lily lion lizard lobster locket magnet maple marble market"
               + " meadow melody mirror monkey moon mountain museum napkin needle nest nickel oasis"
               + " oak ocean olive onion orchard orchid otter oyster paddle palace panther paper"
               + " parade parrot pasture pebble pencil pepper piano pigeon pillow pine planet plum"
               + " pocket pond poplar potato prairie puzzle quarry quilt rabbit raven reef ribbon"
               + " river robin rocket rose saddle sail salmon sapphire scarf school shadow shell"
               + " shepherd shore signal spider spruce squirrel star stone stream summit sunset"
               + " swan table tailor temple thistle thunder ticket tiger timber tower trail train"
               + " trumpet tulip tunnel turtle valley velvet village violin wagon walnut walrus"
               + " water whale wheat willow window winter wolf wren")
              .split(" ", -1));

  private Names() {}

  /** How many there are. */
  static int count() {
    return ADJECTIVES.size() * NOUNS.size();
  }

  /** Some of them, in random order, none twice. */
  static List<String> draw(int count, SplittableRandom random) {
    List<Integer> numbers = new ArrayList<>();
    if (2 * count > count()) {
      for (int i = 0; i < count(); i++) {
        numbers.add(i);
      }
      Collections.shuffle(numbers, new Random(random.nextLong()));
    } else {
      random.ints(0, count()).distinct().limit(count).forEach(numbers::add);
    }
    return numbers.stream().limit(count).map(Names::name).toList();
  }

  /** As {@link #draw}, of those only that no document to train on has, one in ten. */
  static List<String> drawHeldOut(int count, SplittableRandom random) {
    Set<String> names = new LinkedHashSet<>();
    while (names.size() < count) {
      names.add(heldOut(random));
    }
    return List.copyOf(names);
  }

  /** One of the names that no document to train on has. */
  static String heldOut(SplittableRandom random) {
    String name;
    do {
      name = name(random.nextInt(count()));
    } while (Split.of(name) == Split.TRAINING);
    return name;
  }

  private static String name(int number) {
    return ADJECTIVES.get(number / NOUNS.size()) + "-" + NOUNS.get(number % NOUNS.size());
  }
}
